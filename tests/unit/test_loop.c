/* The training loop, with a tiny job that counts its calls and does what a script says at any of them: fails, is stopped,
 * meets NaN or a bad image. Where the run stands then, what was saved, and that resuming it comes to the same end. */
#include "loop_case.h"

static void order_of_calls(void **state)
{
    (void)state;
    assert_int_equal(run_quiet(""), SIAM_OK);
    assert_string_equal(script.calls, "oPbse...mSe...mSe...mSe...mS");
    char *log = get("r/train.log");
    assert_has(log, "simsiam ");
    assert_has(log, "\ntiny\nrun     r\n");
    assert_has(log, "\nfarewell\nuse r of synth:train=8,test=4\n");
    assert_has(log, "two steps\n");
    assert_null(strstr(log, "nothing was left"));
    assert_null(strstr(log, "resumed"));
    free(log);
    assert_int_equal(run_quiet("run.resume=true"), SIAM_OK);
    assert_string_equal(script.calls, "oPcbs");
    log = get("r/train.log");
    assert_has(log, "resumed after step 12 of 12\nnothing was left to do: 4 of 4 epochs are done\nfarewell\nuse r of");
    free(log);
}

/* Stops at each place: the position that is saved, and the way on from there. */
static void stops(void **state)
{
    (void)state;
    static const struct {
        incident what[2];
        const char *options;
        bool deaf;
        siam_code code;
        int step, epoch, batch;
        const char *calls; /* how they end */
    } rows_[] = {
        {{{STEP, 1, .stop = SIGINT}}, "", false, SIAM_E_CANCELLED, 1, 0, 1, "oPbse.S"},
        {{{STEP, 2, .stop = SIGINT}}, "", false, SIAM_E_CANCELLED, 2, 0, 2, "e..S"},
        {{{STEP, 8, .stop = SIGTERM}}, "", false, SIAM_E_CANCELLED, 8, 2, 2, "e..S"},
        /* behind the last step of an epoch it looks while measuring, or does not */
        {{{STEP, 3, .stop = SIGINT}}, "", false, SIAM_E_CANCELLED, 3, 0, 3, "e...mS"},
        {{{STEP, 3, .stop = SIGINT}}, "", true, SIAM_E_CANCELLED, 3, 1, 0, "e...mSS"},
        {{{STEP, 6, .stop = SIGINT}}, "train.save_every=3", true, SIAM_E_CANCELLED, 6, 2, 0, "e...mS"},
        {{{STEP, 12, .stop = SIGINT}}, "", true, SIAM_OK, 12, 4, 0, "e...mS"},
        {{{STEP, 12, .stop = SIGINT}}, "", false, SIAM_E_CANCELLED, 12, 3, 3, "e...mS"},
        {{{STEP, 6, .stop = SIGINT}}, "train.stop_after=2", true, SIAM_E_CANCELLED, 6, 2, 0, "mSS"},
        {{{MEASURE, 2, .stop = SIGINT}}, "", false, SIAM_E_CANCELLED, 6, 1, 3, "e...mS"},
        {{{MEASURE, 4, .code = SIAM_E_CANCELLED, .stop = SIGHUP}}, "", true, SIAM_E_CANCELLED, 12, 3, 3, "e...mS"},
        /* before the first step */
        {{{BUILD, 1, .stop = SIGINT}}, "", false, SIAM_E_CANCELLED, 0, 0, 0, "oPbsS"},
        {{{START, 1, .stop = SIGINT}}, "", true, SIAM_E_CANCELLED, 0, 0, 0, "oPbsS"},
        {{{START, 1, .code = SIAM_E_CANCELLED, .stop = SIGINT}}, "", false, SIAM_E_CANCELLED, 0, 0, 0, "oPbsS"},
        /* twice: the first one is finished */
        {{{STEP, 2, .stop = SIGINT}, {SAVE, 1, .stop = SIGTERM}}, "", false, SIAM_E_CANCELLED, 2, 0, 2, "e..S"},
        {{{STEP, 2, .stop = SIAM_STOP_CALLER}, {STEP, 3, .stop = SIGINT}}, "", false, SIAM_E_CANCELLED, 2, 0, 2, "e..S"},
        /* by options */
        {{{.nth = 0}}, "train.stop_step=1", false, SIAM_OK, 1, 0, 1, "e.S"},
        {{{.nth = 0}}, "train.stop_step=5", false, SIAM_OK, 5, 1, 2, "mSe..S"},
        {{{.nth = 0}}, "train.stop_step=3", false, SIAM_OK, 3, 0, 3, "e...S"},
        {{{.nth = 0}}, "train.stop_after=1", false, SIAM_OK, 3, 1, 0, "e...mS"},
        {{{.nth = 0}}, "train.stop_after=3 train.save_every=100", false, SIAM_OK, 9, 3, 0, "e...mS"},
        {{{.nth = 0}}, "train.stop_after=4", false, SIAM_OK, 12, 4, 0, "e...mS"},
        {{{STEP, 5, .stop = SIGINT}}, "train.stop_step=5", false, SIAM_E_CANCELLED, 5, 1, 2, "e..S"}};
    const whole w = undisturbed();
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
        drop_run();
        script.deaf = rows_[i].deaf;
        const siam_code rc = run(rows_[i].options, rows_[i].what, 2);
        script.deaf = false;
        if (rc != rows_[i].code)
            fail_msg("row %zu: %d, %s", i, (int)rc, why.msg);
        assert_saved_at(rows_[i].step, rows_[i].epoch, rows_[i].batch);
        const size_t all = strlen(script.calls), end = strlen(rows_[i].calls);
        if (all < end || strcmp(script.calls + all - end, rows_[i].calls))
            fail_msg("row %zu: %s", i, script.calls);
        comes_to(&w);
    }
    free(w.rows);
}

/* What a stopped run says, and its exit code. */
static void stops_are_told(void **state)
{
    (void)state;
    static const struct {
        int stop, code;
        const char *by;
    } rows_[] = {{SIGINT, 130, "Ctrl-C"}, {SIGTERM, 143, "SIGTERM"}, {SIGHUP, 129, "SIGHUP"}, {SIAM_STOP_CALLER, 130, "the program"}};
    for (int i = 0; i < 4; i++) {
        char text[128];
        const incident stop = {STEP, 4, .stop = rows_[i].stop};
        drop_run();
        assert_int_equal(run("", &stop, 1), SIAM_E_CANCELLED);
        snprintf(text, sizeof text, "stopped by %s after step 4; the state is saved in r", rows_[i].by);
        assert_string_equal(why.msg, text);
        assert_string_equal(why.hint, "simsiam train --out r --resume");
        snprintf(text, sizeof text, "\"exit_code\": %d", rows_[i].code);
        char *info = get("r/run.json");
        assert_has(info, text);
        free(info);
    }
    drop_run();
    assert_int_equal(run_quiet("train.stop_after=2"), SIAM_OK);
    assert_int_equal(run_quiet("run.resume=true train.stop_after=2"), SIAM_OK);
    char *log = get("r/train.log");
    assert_has(log, "nothing was left to do: 2 of 4 epochs are done and --stop_after is reached\nfarewell\n"
                    "next    simsiam train --out r --resume\n");
    free(log);
}

/* Failures: nothing is saved but what was before, and the run goes on from there. Before it began they leave nothing. */
static void failures(void **state)
{
    (void)state;
    static const struct {
        incident what;
        int step, epoch; /* of the newest checkpoint; -1: there is none */
    } rows_[] = {{{STEP, 1, .code = SIAM_E_IO}, -1, 0},         {{STEP, 4, .code = SIAM_E_DATA}, 3, 1},  {{STEP, 12, .code = SIAM_E_NOMEM}, 9, 3},
                 {{MEASURE, 1, .code = SIAM_E_IO}, -1, 0},      {{MEASURE, 3, .code = SIAM_E_IO}, 6, 2}, {{BEGIN_EPOCH, 2, .code = SIAM_E_IO}, 3, 1},
                 {{BEGIN_EPOCH, 1, .code = SIAM_E_DATA}, -1, 0}, {{START, 1, .code = SIAM_E_DATA}, -1, 0}};
    const whole w = undisturbed();
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
        drop_run();
        assert_int_equal(run("", &rows_[i].what, 1), rows_[i].what.code);
        assert_string_equal(why.msg, "failed as the script says");
        if (rows_[i].step < 0) {
            assert_int_equal(access("r/checkpoints/last", F_OK), -1);
            continue;
        }
        assert_saved_at(rows_[i].step, rows_[i].epoch, 0);
        comes_to(&w);
    }
    static const place early[] = {OPEN, PREPARE, BUILD};
    for (int i = 0; i < 3; i++) {
        drop_run();
        const incident fails = {early[i], 1, .code = SIAM_E_CONFIG};
        assert_int_equal(run("", &fails, 1), SIAM_E_CONFIG);
        assert_int_equal(access("r", F_OK), -1);
    }
    free(w.rows);
}

/* NaN at each place: the sentence, the way out, and no model of it. */
static void nan_everywhere(void **state)
{
    (void)state;
    static const struct {
        incident what;
        const char *options, *says;
        int step; /* of the newest checkpoint; -1: there is none */
    } rows_[] = {
        {{STEP, 1, .code = SIAM_E_NUMERIC}, "", "the loss became NaN at step 1 (epoch 1)", -1},
        {{STEP, 5, .code = SIAM_E_NUMERIC}, "", "the loss became NaN at step 5 (epoch 2)", 3},
        {{STEP, 5, .nan = true}, "", "a weight became NaN or infinite at step 6 (epoch 2)", 3},
        {{STEP, 5, .nan = true}, "train.stop_step=5", "a weight became NaN or infinite at step 5 (epoch 2)", 3},
        {{STEP, 4, .nan = true}, "train.save_minutes=1e-9", "a weight became NaN or infinite at step 4 (epoch 2)", 3},
        {{STEP, 7, .nan = true}, "train.save_every=2", "a weight became NaN or infinite at step 12 (epoch 4)", 6},
        {{MEASURE, 2, .nan = true}, "", "a weight became NaN or infinite at step 6 (epoch 2)", 3},
        {{MEASURE, 2, .nan = true}, "train.save_minutes=1e-9", "a weight became NaN or infinite at step 6 (epoch 2)", 6},
        {{BUILD, 1, .nan = true, .stop = SIGINT}, "", "a weight became NaN or infinite at step 0 (epoch 1)", -1},
        {{SAVE, 2, .code = SIAM_E_NUMERIC}, "", "a weight became NaN or infinite at step 6 (epoch 2)", 3}};
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
        char options[128];
        drop_run();
        snprintf(options, sizeof options, "train.lr=0.25 %s", rows_[i].options);
        assert_int_equal(run(options, &rows_[i].what, 1), SIAM_E_NUMERIC);
        assert_string_equal(why.msg, rows_[i].says);
        assert_string_equal(why.hint, "a new run, with another --out, and a smaller --lr (here it is 0.25) or with --warmup_epochs");
        if (rows_[i].step < 0) {
            assert_int_equal(access("r/checkpoints/last", F_OK), -1);
            continue;
        }
        assert_int_equal(saved("siam.step"), rows_[i].step);
        char *last = get("r/checkpoints/last"); /* the good one stays as it is, also where the bad state is of its step */
        assert_null(strstr(last, "unfinished"));
        free(last);
    }
}

/* Which checkpoints there are. */
static void saves_every(void **state)
{
    (void)state;
    static const struct {
        const char *options, *calls;
        int step[EPOCHS]; /* with a checkpoint */
    } rows_[] = {{"", "e...mSe...mSe...mSe...mS", {3, 6, 9, 12}},
                 {"train.save_every=2", "e...me...mSe...me...mS", {6, 12}},
                 {"train.save_every=3", "e...me...me...mSe...mS", {9, 12}},
                 {"train.save_every=5", "e...me...me...me...mS", {12}},
                 {"train.save_every=3 train.stop_after=2", "e...me...mS", {6}}};
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
        drop_run();
        assert_int_equal(run_quiet(rows_[i].options), SIAM_OK);
        assert_string_equal(script.calls + 4, rows_[i].calls);
        for (int step = 0; step <= EPOCHS * STEPS; step++) {
            char path[64];
            bool there = false;
            for (int k = 0; k < EPOCHS; k++)
                there |= step && rows_[i].step[k] == step;
            snprintf(path, sizeof path, "r/checkpoints/step-%08d.safetensors", step);
            assert_int_equal(access(path, F_OK), there ? 0 : -1);
        }
    }
}

/* The list of images that could not be read is there whatever ends the run, and is told when it has grown. */
static void skipped_images(void **state)
{
    (void)state;
    static const struct {
        incident what[3];
        const char *options;
        siam_code code;
        int bad, told;
    } rows_[] = {
        {{{STEP, 2, .bad = 1}}, "", SIAM_OK, 1, 1},
        {{{STEP, 2, .bad = 1}, {STEP, 3, .bad = 2}}, "", SIAM_OK, 3, 1}, /* once, behind the epoch */
        {{{STEP, 2, .bad = 1}, {STEP, 4, .bad = 1}}, "", SIAM_OK, 2, 2},
        {{{STEP, 2, .code = SIAM_E_DATA, .bad = 3}}, "", SIAM_E_DATA, 3, 1},
        {{{STEP, 1, .bad = 2}, {STEP, 2, .code = SIAM_E_IO}}, "", SIAM_E_IO, 2, 1},
        {{{STEP, 1, .code = SIAM_E_NUMERIC, .bad = 2}}, "", SIAM_E_NUMERIC, 2, 1},
        {{{BEGIN_EPOCH, 2, .code = SIAM_E_IO, .bad = 1}}, "", SIAM_E_IO, 1, 1},
        {{{STEP, 3, .bad = 1}, {MEASURE, 1, .code = SIAM_E_IO}}, "", SIAM_E_IO, 1, 1},
        {{{STEP, 3, .bad = 1}, {MEASURE, 1, .stop = SIGINT}}, "", SIAM_E_CANCELLED, 1, 1},
        {{{STEP, 1, .bad = 1}, {STEP, 2, .stop = SIGINT}}, "", SIAM_E_CANCELLED, 1, 1},
        {{{STEP, 1, .bad = 1}}, "train.stop_step=2", SIAM_OK, 1, 1},
        {{{STEP, 12, .bad = 1}}, "train.save_every=100", SIAM_OK, 1, 1},
        {{{.nth = 0}}, "", SIAM_OK, 0, 0}};
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
        drop_run();
        if (run(rows_[i].options, rows_[i].what, 3) != rows_[i].code)
            fail_msg("row %zu: %s", i, why.msg);
        const int bad = access("r/skipped.csv", F_OK) ? 0 : lines_of("r/skipped.csv", "it is torn");
        const int told = lines_of("r/train.log", " images cannot be read");
        if (bad != rows_[i].bad || told != rows_[i].told)
            fail_msg("row %zu: %d images, told %d times", i, bad, told);
    }
}

/* The list itself, also of a run that is resumed: each image once, in the order of the data set. */
static void the_list_of_skipped(void **state)
{
    (void)state;
    static const incident first[] = {{STEP, 2, .bad = 2}, {STEP, 4, .stop = SIGINT}}, second[] = {{STEP, 1, .bad = 3}};
    assert_int_equal(run("", first, 2), SIAM_E_CANCELLED);
    char *text = get("r/skipped.csv");
    assert_string_equal(text, "index,file,reason\n0,\"\",\"it is torn\"\n1,\"\",\"it is torn\"\n");
    free(text);
    assert_int_equal(lines_of("r/train.log", "2 of 8 images cannot be read, others stand in for them: see r/skipped.csv\n"), 1);
    assert_int_equal(run("run.resume=true", second, 1), SIAM_OK); /* meets those two again, and one more */
    text = get("r/skipped.csv");
    assert_string_equal(text, "index,file,reason\n0,\"\",\"it is torn\"\n1,\"\",\"it is torn\"\n2,\"\",\"it is torn\"\n");
    free(text);
    assert_int_equal(lines_of("r/train.log", "3 of 8 images cannot be read"), 1);
}

/* A job that measures on held-out images goes on with the same ones; for others they are no part of the state. */
static void held_out_images(void **state)
{
    (void)state;
    assert_int_equal(run_quiet("train.stop_step=5"), SIAM_OK);
    assert_true(isnan(saved("siam.held_out.images")) && saved("siam.data.images") == 8);
    drop_run();
    script.held_out = 4;
    assert_int_equal(run_quiet("train.stop_step=5"), SIAM_OK);
    assert_true(saved("siam.held_out.images") == 4 && saved("siam.held_out.files") == 5);
    script.held_out = 3;
    assert_int_equal(run_quiet("run.resume=true"), SIAM_E_CONFIG);
    assert_has(why.msg, "the held-out images of 'synth:train=8,test=4' are not those this run began with");
    script.held_out = 4;
    assert_int_equal(run_quiet("run.resume=true"), SIAM_OK);
    assert_true(ended.at.step == EPOCHS * STEPS && ended.at.data[1].images == 4);
    script.held_out = 0;
}

/* People see what train.log gets, and the choices of kernels are kept with the run. */
static void console_and_files(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    console = open_memstream(&text, &n);
    assert_int_equal(run_quiet(""), SIAM_OK);
    fclose(console);
    console = NULL;
    char *log = get("r/train.log"), *plan = get("r/tuning.json");
    assert_string_equal(text, log);
    assert_has(plan, "\"machine\"");
    assert_int_equal(access("r/config.yaml", F_OK), 0);
    free(text);
    free(log);
    free(plan);
}

/* A checkpoint that is not this run's: nothing of it is taken, and the folder is as it was. */
static void a_refused_state(void **state)
{
    (void)state;
    static const siam_code codes[] = {SIAM_E_CONFIG, SIAM_E_DATA};
    assert_int_equal(run_quiet("train.stop_step=5"), SIAM_OK);
    char *log = get("r/train.log"), *info = get("r/run.json");
    for (int i = 0; i < 2; i++) {
        const incident refused = {CHECK, 1, .code = codes[i]};
        assert_int_equal(run("run.resume=true", &refused, 1), codes[i]);
        assert_string_equal(script.calls, "oPc"); /* before anything takes time */
        assert_true(ended.at.step == 0 && ended.at.epoch == 0 && ended.state.sum == 0 && ended.state.measured == 0);
        assert_int_equal(result, 0);
    }
    assert_int_equal(run_quiet("run.resume=true data.path=synth:train=8,test=4,seed=9"), SIAM_E_CONFIG);
    assert_has(why.msg, "images of 'synth:train=8,test=4,seed=9' are not those this run began with");
    assert_int_equal(ended.at.step, 0);
    char *log_after = get("r/train.log"), *info_after = get("r/run.json");
    assert_string_equal(log, log_after);
    assert_string_equal(info, info_after);
    free(log);
    free(info);
    free(log_after);
    free(info_after);
}

/* Rows of metrics.jsonl: the first step and every log_every-th, each epoch; what was not measured is not there. */
static void rows_are_kept(void **state)
{
    (void)state;
    script.clocked = true;
    assert_int_equal(run_quiet("train.epochs=2"), SIAM_OK);
    script.clocked = false;
    assert_int_equal(lines_of("r/metrics.jsonl", "\"kind\":\"step\""), 4); /* 1, 2, 4, 6 */
    assert_int_equal(lines_of("r/metrics.jsonl", "\"kind\":\"epoch\""), 2);
    assert_int_equal(lines_of("r/metrics.jsonl", "\"data_wait\":"), 4); /* of steps alone */
    assert_int_equal(lines_of("r/metrics.jsonl", "\"loss\":"), 6);
    assert_int_equal(lines_of("r/metrics.jsonl", "\"seconds\":"), 6);
    assert_int_equal(lines_of("r/metrics.jsonl", "\"images_per_s\":"), 2); /* the loop's, of epochs; a job's own of steps */
    static const char *const none[] = {"\"z_std_ratio\"", "\"z_rank\"", "\"knn_top1\"", "\"top1\"", "\"top5\"", "\"lr\""};
    for (int i = 0; i < 6; i++)
        assert_int_equal(lines_of("r/metrics.jsonl", none[i]), 0);
    drop_run();
    assert_int_equal(run_quiet("train.epochs=2"), SIAM_OK);
    assert_int_equal(lines_of("r/metrics.jsonl", "\"data_wait\":"), 0);
    drop_run();
    assert_int_equal(run_quiet("train.epochs=2 run.log_every=5"), SIAM_OK);
    assert_int_equal(lines_of("r/metrics.jsonl", "\"kind\":\"step\""), 2); /* 1, 5 */
}

static void never_told(void *user, const siam_event *ev)
{
    (void)user;
    fail_msg("a rank that is not the first tells step %" PRId64, ev->step);
}

static siam_code all_alike(const siam_comm *c, const void *mine, size_t bytes, void *all, siam_err *e)
{
    (void)e;
    for (int r = 0; r < c->size; r++)
        memcpy((char *)all + (size_t)r * bytes, mine, bytes);
    return SIAM_OK;
}

/* As if none of the others were asked to stop. */
static siam_code others_go_on(const siam_comm *c, double *x, size_t n, siam_err *e)
{
    (void)c;
    (void)e;
    for (size_t i = 0; i < n; i++)
        x[i] = fmax(x[i], 0);
    return SIAM_OK;
}

static const char *a_host(const siam_comm *c, int rank)
{
    (void)c;
    (void)rank;
    return "here";
}

/* Of several ranks the first alone writes and tells; all of them step and measure, and say what ends them. */
static void ranks(void **state)
{
    (void)state;
    /* What they have is the same, so that nothing needs to be exchanged. */
    siam_comm_type type = *siam_comm_single.type;
    type.gather = all_alike;
    type.max_doubles = others_go_on;
    type.host = a_host;
    const siam_comm first = {&type, 0, 3}, second = {&type, 1, 3}, third = {&type, 2, 3};
    const siam_comm *const others[] = {&second, &third};
    static const int stop[] = {SIGINT, SIAM_STOP_CALLER};
    script.rank = &first;
    const whole w = undisturbed();
    drop_run();
    watch_event = never_told;
    for (int i = 0; i < 2; i++) {
        script.rank = others[i];
        assert_int_equal(run_quiet(""), SIAM_OK);
        assert_string_equal(script.calls, "oPbse...me...me...me...m"); /* and no S */
        assert_memory_equal(ended.value, w.value, sizeof w.value);
        assert_memory_equal(&ended.state, &w.state, sizeof w.state);
        assert_int_equal(access("r", F_OK), -1);
        const incident what[] = {{STEP, 2, .bad = 1}, {STEP, 7, .stop = stop[i]}};
        assert_int_equal(run("", what, 2), SIAM_E_CANCELLED);
        assert_string_equal(script.calls, "oPbse...me...me.");
        assert_int_equal(access("r", F_OK), -1);
    }
    watch_event = NULL;
    script.rank = NULL;
    free(w.rows);
}

/* An epoch that only has to be measured when the run is resumed took no time. */
static void only_measured(void **state)
{
    (void)state;
    assert_int_equal(run_quiet("train.stop_step=3"), SIAM_OK);
    assert_int_equal(run_quiet("run.resume=true"), SIAM_OK);
    assert_string_equal(script.calls, "oPcbsemSe...mSe...mSe...mS");
    char *log = get("r/train.log"), *line = strstr(log, "\nepoch 1  loss ");
    assert_non_null(line);
    line[strcspn(line + 1, "\n") + 1] = '\0';
    assert_null(strstr(line, " s"));
    assert_null(strstr(line, "img/s"));
    free(log);
}

/* Seconds of a run go on behind a pause. */
static void seconds_add_up(void **state)
{
    (void)state;
    assert_int_equal(run_quiet("train.stop_step=2"), SIAM_OK);
    const double first = saved("siam.seconds");
    assert_true(first > 0 && first < 60);
    assert_int_equal(run_quiet("run.resume=true"), SIAM_OK);
    assert_true(saved("siam.seconds") > first && saved("siam.seconds") < first + 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(order_of_calls), FOLDER_TEST(stops),          FOLDER_TEST(stops_are_told), FOLDER_TEST(failures),
        FOLDER_TEST(nan_everywhere), FOLDER_TEST(saves_every),    FOLDER_TEST(skipped_images), FOLDER_TEST(a_refused_state),
        FOLDER_TEST(rows_are_kept),  FOLDER_TEST(seconds_add_up),
        FOLDER_TEST(only_measured), FOLDER_TEST(the_list_of_skipped), FOLDER_TEST(held_out_images),
        FOLDER_TEST(console_and_files), FOLDER_TEST(ranks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
