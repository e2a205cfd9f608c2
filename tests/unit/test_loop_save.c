/* Saving in the training loop: by time, beside the computation, on a disk that fails, cut off, and before anything was saved. */
#include "loop_case.h"

static void saves_by_time(void **state)
{
    (void)state;
    const whole w = undisturbed();
    drop_run();
    assert_int_equal(run_quiet("train.save_minutes=1e-9 train.save_every=2"), SIAM_OK); /* always due */
    assert_string_equal(script.calls + 4, "e.S.S.Sme.S.S.SmSe.S.S.Sme.S.S.SmS");
    for (int step = 1; step <= EPOCHS * STEPS; step++) {
        char path[64];
        snprintf(path, sizeof path, "r/checkpoints/step-%08d.safetensors", step);
        assert_int_equal(access(path, F_OK), 0);
    }
    char *text = rows();
    assert_string_equal(text, w.rows);
    free(text);
    assert_true(lines_of("r/metrics.jsonl", "\"save_held\":") >= 6 && lines_of("r/metrics.jsonl", "\"save_wrote\":") >= 6);
    drop_run();
    assert_int_equal(run_quiet("train.save_minutes=0 train.save_every=100"), SIAM_OK);
    assert_string_equal(script.calls + 4, "e...me...me...me...mS");
    drop_run();
    assert_int_equal(run_quiet("train.save_minutes=9 train.save_every=100"), SIAM_OK); /* not over yet */
    assert_string_equal(script.calls + 4, "e...me...me...me...mS");
    free(w.rows);
}

/* A save that is late does not make those after it late. */
static void time_does_not_drift(void **state)
{
    (void)state;
    static const struct {
        double late, next; /* seconds behind; the next one, seconds behind the one that was due */
    } rows_[] = {{0.001, 10}, {3, 10}, {9.9, 10}, {10.1, 20}, {25, 30}, {1e6 + 1, 1e6 + 10}};
    siam_loop l = {.cfg.train_save_minutes = 10.0 / 60};
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
        const double due = l.save.next = siam_clock() - rows_[i].late;
        assert_true(siam_loop_save_due(&l));
        assert_true(fabs(l.save.next - due - rows_[i].next) < 1e-6);
        assert_false(siam_loop_save_due(&l));
    }
    l.save.next = siam_clock() - 1;
    l.cfg.train_save_minutes = 0;
    assert_false(siam_loop_save_due(&l));
}

/* With a thread: stopped anywhere, the run comes to the same end, and what is saved is of one moment. */
static void saves_beside(void **state)
{
    (void)state;
    const whole w = undisturbed();
    threads = true;
    for (int step = 1; step < EPOCHS * STEPS; step++) {
        char options[96];
        drop_run();
        snprintf(options, sizeof options, "train.save_minutes=1e-9 train.stop_step=%d", step);
        assert_int_equal(run_quiet(options), SIAM_OK);
        assert_int_equal(saved("siam.step"), step);
        comes_to(&w);
    }
    const incident fails = {STEP, 9, .code = SIAM_E_DATA}; /* while the save before it is written */
    drop_run();
    assert_int_equal(run("train.save_minutes=1e-9", &fails, 1), SIAM_E_DATA);
    assert_true(saved("siam.step") >= 1);
    comes_to(&w);
    const incident nan = {STEP, 5, .nan = true};
    drop_run();
    assert_int_equal(run("", &nan, 1), SIAM_E_NUMERIC);
    assert_has(why.msg, "a weight became NaN or infinite at step 6 (epoch 2)"); /* that of the save, not of now */
    assert_int_equal(saved("siam.step"), 3);
    threads = false;
    free(w.rows);
}

/* What keeps the disk from taking it may pass: the third save in a row that fails ends the run, and nothing is lost before. */
static void saves_that_fail(void **state)
{
    (void)state;
    static const struct {
        incident what[4];
        const char *options;
        siam_code code;
        int step, warned; /* of the newest checkpoint; failures that were told */
        const char *says;
    } rows_[] = {
        {{{SAVE, 1, .code = SIAM_E_IO}}, "", SIAM_OK, 12, 1, ""},
        {{{SAVE, 1, .code = SIAM_E_NOMEM}, {SAVE, 2, .code = SIAM_E_IO}}, "", SIAM_OK, 12, 2, ""},
        {{{SAVE, 2, .code = SIAM_E_IO}, {SAVE, 3, .code = SIAM_E_NOTFOUND}}, "", SIAM_OK, 12, 2, ""},
        {{{SAVE, 1, .code = SIAM_E_IO}, {SAVE, 2, .code = SIAM_E_IO}, {SAVE, 3, .code = SIAM_E_IO}}, "", SIAM_E_IO, -1, 2,
         "3 saves failed one after the other, and no state is saved yet; the reason: failed as the script says"},
        {{{SAVE, 2, .code = SIAM_E_IO}, {SAVE, 3, .code = SIAM_E_IO}, {SAVE, 4, .code = SIAM_E_NOTFOUND}}, "train.save_minutes=1e-9",
         SIAM_E_IO, 1, 2, "3 saves failed one after the other, and the last state that is saved is that after step 1"},
        /* two, a good one, two */
        {{{SAVE, 1, .code = SIAM_E_IO}, {SAVE, 2, .code = SIAM_E_IO}, {SAVE, 4, .code = SIAM_E_IO}, {SAVE, 5, .code = SIAM_E_IO}},
         "train.save_minutes=1e-9", SIAM_OK, 12, 4, ""},
        /* the last one has none after it, and one that is no passing matter is not tried again */
        {{{SAVE, 4, .code = SIAM_E_IO}}, "", SIAM_E_IO, 9, 0,
         "the state after step 12 cannot be saved, and the last state that is saved is that after step 9; the reason: failed"},
        {{{STEP, 2, .stop = SIGINT}, {SAVE, 1, .code = SIAM_E_IO}}, "", SIAM_E_IO, -1, 0, "the state after step 2 cannot be saved"},
        {{{SAVE, 1, .code = SIAM_E_DATA}}, "", SIAM_E_DATA, -1, 0, "the state after step 3 cannot be saved, and no state"}};
    const whole w = undisturbed();
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
        drop_run();
        if (run(rows_[i].options, rows_[i].what, 4) != rows_[i].code)
            fail_msg("row %zu: %s", i, why.msg);
        assert_has(why.msg, rows_[i].says);
        const int warned = lines_of("r/train.log", "cannot be saved: failed as the script says; training goes on, and the next save");
        const double step = access("r/checkpoints/last", F_OK) ? -1 : saved("siam.step");
        if (warned != rows_[i].warned || step != rows_[i].step)
            fail_msg("row %zu: %d warnings, step %g", i, warned, step);
        comes_to(&w);
    }
    free(w.rows);
}

/* A save that was cut off between its checkpoint and its model is finished on resuming, also when nothing else is left. */
static void cut_off_saves(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        int nth; /* save, which fails */
        bool pointer; /* `last` is lost, too */
        const char *calls; /* of the resumed run */
    } rows_[] = {{"train.save_every=9", 1, true, "oPcbSs"},
                 {"train.stop_step=5", 2, true, "oPcbSse.mSe...mSe...mS"},
                 {"train.stop_step=5", 2, false, "oPcbse...mSe...mSe...mS"}, /* the one before it, which was done */
                 /* the second save of a step: the end of an epoch, of the run, and a stop; others before it are done */
                 {"train.save_minutes=1e-9 train.stop_after=1", 4, false, "oPcbSse...mSe...mSe...mS"},
                 {"train.save_minutes=1e-9", 16, false, "oPcbSs"},
                 {"train.save_minutes=1e-9 train.stop_step=2", 3, false, "oPcbSse.mSe...mSe...mSe...mS"},
                 {"train.save_minutes=1e-9 train.stop_step=2", 9, false, "oPcbse.mSe...mSe...mSe...mS"} /* none fails */};
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
        const incident fails = {SAVE, rows_[i].nth, .code = SIAM_E_IO};
        drop_run();
        assert_int_equal(run(rows_[i].options, &fails, 1), rows_[i].nth == 9 ? SIAM_OK : SIAM_E_IO);
        assert_int_equal(access("r/model.txt", F_OK), rows_[i].nth > 1 ? 0 : -1);
        if (rows_[i].pointer)
            unlink("r/checkpoints/last");
        assert_int_equal(run_quiet("run.resume=true train.save_minutes=0"), SIAM_OK);
        if (strcmp(script.calls, rows_[i].calls))
            fail_msg("row %zu: %s", i, script.calls);
        assert_saved_at(EPOCHS * STEPS, EPOCHS, 0);
    }
}

/* A run that was killed before its first save: the same command starts it, and so does --resume. */
static void begins_again(void **state)
{
    (void)state;
    static const char *const options[] = {"", "run.resume=true"};
    const incident fails = {STEP, 2, .code = SIAM_E_DATA, .bad = 1};
    const whole w = undisturbed();
    for (int i = 0; i < 2; i++) {
        drop_run();
        assert_int_equal(run("", &fails, 1), SIAM_E_DATA);
        assert_int_equal(lines_of("r/metrics.jsonl", "\"kind\""), 1);
        assert_int_equal(access("r/skipped.csv", F_OK), 0);
        if (run_quiet(options[i]))
            fail_msg("%s", why.msg);
        assert_string_equal(script.calls, "oPbse...mSe...mSe...mSe...mS");
        assert_memory_equal(ended.value, w.value, sizeof w.value);
        char *text = rows();
        assert_string_equal(text, w.rows);
        free(text);
        assert_int_equal(access("r/skipped.csv", F_OK), -1);
        assert_int_equal(lines_of("r/train.log", "the run in 'r' was stopped before it saved anything: it begins again\n"), 1);
        assert_int_equal(lines_of("r/run.json", "\"earlier\""), 1);
        assert_int_equal(run_quiet(""), SIAM_E_EXISTS); /* now it has */
    }
    drop_run();
    assert_int_equal(run("", &fails, 1), SIAM_E_DATA);
    put("r/notes.txt", "mine");
    assert_int_equal(run_quiet(""), SIAM_E_EXISTS); /* not one of a run's */
    assert_int_equal(unlink("r/notes.txt"), 0);
    put("r/model.safetensors", "from another time");
    assert_int_equal(run_quiet(""), SIAM_E_EXISTS);
    assert_int_equal(run_quiet("run.resume=true"), SIAM_E_NOTFOUND); /* it had saved; its checkpoints are gone */
    free(w.rows);
}

/* Whether the lock names this process while the model is built, which may take minutes. */
static void second_process(void)
{
    siam_run *r;
    siam_err e = {0};
    char text[32];
    snprintf(text, sizeof text, "(pid %ld on ", (long)getpid());
    for (int resume = 0; resume < 2; resume++) {
        siam_err_clear(&e);
        assert_int_equal(siam_run_open(&r, "train", "r", resume, &e), SIAM_E_EXISTS);
        assert_has(e.msg, "run 'r' is in use by another process ");
        assert_has(e.msg, text);
    }
}

static void names_itself_early(void **state)
{
    (void)state;
    static const char stale[] = "999999999\n"; /* of a process that was killed */
    const incident no = {CHECK, 1, .code = SIAM_E_DATA}, late = {BUILD, 1, .code = SIAM_E_NOMEM};
    watch_build = second_process;
    assert_int_equal(run_quiet("train.stop_step=5"), SIAM_OK);
    put("r/.simsiam.lock", stale);
    assert_int_equal(run("run.resume=true", &no, 1), SIAM_E_DATA); /* not before the checkpoint is known to be good */
    char *text = get("r/.simsiam.lock");
    assert_string_equal(text, stale);
    free(text);
    assert_int_equal(run("run.resume=true", &late, 1), SIAM_E_NOMEM);
    text = get("r/.simsiam.lock");
    assert_string_equal(text, "");
    free(text);
    assert_int_equal(run_quiet("run.resume=true"), SIAM_OK);
    watch_build = NULL;
    assert_saved_at(EPOCHS * STEPS, EPOCHS, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FOLDER_TEST(saves_by_time), FOLDER_TEST(time_does_not_drift), FOLDER_TEST(saves_beside),
                                       FOLDER_TEST(saves_that_fail), FOLDER_TEST(cut_off_saves), FOLDER_TEST(begins_again),
                                       FOLDER_TEST(names_itself_early)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
