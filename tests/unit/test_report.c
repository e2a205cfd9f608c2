/* Formats, metrics.jsonl and the console. */
#include "run_case.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/format.h"
#include "base/json.h"
#include "report/metrics.h"
#include "report/progress.h"

static siam_folder here = {.fd = AT_FDCWD, .path = "."};

/* ---- formats ---- */

static void formats(void **state)
{
    (void)state;
    char b[32];
    const struct {
        double seconds;
        const char *text;
    } d[] = {{0, "0 s"},       {45.4, "45 s"},     {59.6, "1m00s"},           {725, "12m05s"},
             {11520, "3h12m"}, {359999, "99h59m"}, {360000 + 86400, "5d04h"}, {NAN, "?"},
             {-1, "?"},        {INFINITY, "?"}};
    for (size_t i = 0; i < sizeof d / sizeof *d; i++)
        assert_string_equal(siam_format_duration(b, sizeof b, d[i].seconds), d[i].text);
    assert_string_equal(siam_format_seconds(b, sizeof b, 23.14), "23.1 s");
    assert_string_equal(siam_format_seconds(b, sizeof b, 59.97), "1m00s");
    assert_string_equal(siam_format_bytes(b, sizeof b, 812), "812 B");
    assert_string_equal(siam_format_bytes(b, sizeof b, 5476083302u), "5.1 GiB");
    assert_string_equal(siam_format_bytes(b, sizeof b, (1 << 20) - 1), "1.0 MiB");
    assert_string_equal(siam_format_bytes(b, sizeof b, UINT64_MAX), "16 EiB");
    assert_string_equal(siam_format_bytes_short(b, sizeof b, 5476083302u), "5.1G");
    assert_string_equal(siam_format_count(b, sizeof b, 50000), "50,000");
    assert_string_equal(siam_format_count(b, sizeof b, 999), "999");
    assert_string_equal(siam_format_count(b, sizeof b, -1234567), "-1,234,567");
    assert_string_equal(siam_format_count(b, sizeof b, INT64_MIN), "-9,223,372,036,854,775,808");
    assert_string_equal(siam_format_rate(b, sizeof b, 0.0299), ".0299");
    assert_string_equal(siam_format_rate(b, sizeof b, 0.5), ".5");
    assert_string_equal(siam_format_rate(b, sizeof b, 1.2), "1.2");
    assert_string_equal(siam_format_rate(b, sizeof b, 0.0000049), "4.9e-06");
    assert_string_equal(siam_format_rate(b, sizeof b, 0), "0");
    assert_string_equal(siam_format_count(b, 4, 50000), "50,"); /* never beyond the buffer */
    assert_string_equal(siam_format_word(b, sizeof b, "runs/a-1.b"), "runs/a-1.b");
    assert_string_equal(siam_format_word(b, sizeof b, "my runs"), "'my runs'");
    assert_string_equal(siam_format_word(b, sizeof b, "it's"), "'it'\\''s'");
    assert_string_equal(siam_format_word(b, sizeof b, ""), "''");
    static const char *const long_ones[] = {"it's", "$(touch x)", "a;reboot", "a b c d e", "abcdefgh"};
    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++) /* they would not fit: no half of a command */
        assert_string_equal(siam_format_word(b, 8, long_ones[i]), "...");
    assert_string_equal(siam_format_word(b, 8, "abcdefg"), "abcdefg");
}

/* ---- metrics ---- */

static siam_event step_row(int64_t step)
{
    siam_event ev = {.epoch = 1, .step = step};
    siam_event_put(&ev, SIAM_GAUGE_LOSS, -0.5);
    siam_event_put(&ev, SIAM_GAUGE_Z_STD_RATIO, 0.98);
    siam_event_put(&ev, SIAM_GAUGE_Z_RANK, NAN);
    siam_event_put(&ev, SIAM_GAUGE_LR, 0.03);
    siam_event_put(&ev, SIAM_GAUGE_IMAGES_PER_S, 1843);
    siam_event_put(&ev, SIAM_GAUGE_DATA_WAIT, 0);
    siam_event_put(&ev, SIAM_GAUGE_SECONDS, INFINITY);
    return ev;
}

static void metrics_rows(void **state)
{
    (void)state;
    siam_metrics *m;
    siam_err e = {0};
    put("m", "old\n");
    assert_int_equal(siam_metrics_open(&m, &here, "m", -1, 0, &e), SIAM_OK);
    siam_event row = step_row(7);
    assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    char *text = get("m"); /* there before close */
    assert_string_equal(text, "{\"kind\":\"step\",\"epoch\":1,\"step\":7,\"loss\":-0.5,\"z_std_ratio\":0.98,"
                              "\"lr\":0.03,\"images_per_s\":1843.0,\"data_wait\":0.0}\n");
    free(text);
    row.kind = SIAM_EVENT_EPOCH;
    siam_event_put(&row, SIAM_GAUGE_Z_RANK, 412.5);
    siam_event_put(&row, SIAM_GAUGE_KNN_TOP1, 0.4092);
    assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    siam_metrics_close(&m);
    siam_metrics_close(&m);
    text = get("m");
    assert_has(text, "\"kind\":\"epoch\"");
    assert_has(text, "\"z_rank\":412.5");
    assert_has(text, "\"knn_top1\":0.4092}");
    free(text);
    assert_int_equal(siam_metrics_open(&m, &here, "none/m", -1, 0, &e), SIAM_E_NOTFOUND);
    assert_null(m);
}

static void metrics_resume(void **state)
{
    (void)state;
    siam_metrics *m;
    siam_err e = {0};
    assert_int_equal(siam_metrics_open(&m, &here, "m", -1, 0, &e), SIAM_OK);
    for (int64_t s = 1; s <= 6; s++) {
        siam_event row = step_row(s);
        assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
        row.kind = SIAM_EVENT_EPOCH; /* of an epoch that step 4 ended, but that was not measured by the time of the
                               checkpoint */
        if (s == 4)
            assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    }
    siam_metrics_close(&m);
    FILE *f = fopen("m", "a");
    fputs("{\"kind\":\"step\",\"epoch\":1,\"step\":3,\"lo", f); /* torn by a crash */
    fclose(f);
    assert_int_equal(siam_metrics_open(&m, &here, "m", 4, 0, &e), SIAM_OK);
    siam_event row = step_row(5);
    assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    siam_metrics_close(&m);
    f = fopen("m", "r");
    char line[512];
    for (int s = 1; s <= 5; s++) {
        char want[32];
        snprintf(want, sizeof want, "\"step\":%d,", s);
        assert_non_null(fgets(line, sizeof line, f));
        assert_has(line, want);
    }
    assert_null(fgets(line, sizeof line, f));
    fclose(f);
    assert_int_equal(siam_metrics_open(&m, &here, "new", 4, 0, &e), SIAM_OK); /* no file yet */
    siam_metrics_close(&m);
    /* a line without an end, and one that is longer than any of ours */
    char *filler = malloc(1 << 20);
    memset(filler, '7', 1 << 20);
    f = fopen("m", "a");
    fwrite(filler, 1, 1 << 20, f);
    fputs("\n{\"kind\":\"step\",\"epoch\":1,\"step\":2}\n", f);
    fwrite(filler, 1, 1 << 20, f);
    fclose(f);
    free(filler);
    assert_int_equal(siam_metrics_open(&m, &here, "m", 4, 0, &e), SIAM_OK);
    siam_metrics_close(&m);
    char *text = get("m");
    assert_has(text, "\"step\":2}\n");
    assert_true(strlen(text) < 4096);
    free(text);

    const struct rlimit full = {0, RLIM_INFINITY};
    assert_int_equal(siam_metrics_open(&m, &here, "m", -1, 0, &e), SIAM_OK);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    siam_code kept = SIAM_OK, lost = SIAM_OK;
    for (int i = 0; i < 3 && !kept; i++)
        kept = siam_metrics_append(m, &row, &e); /* for a disk that has room again */
    const siam_code flushed = siam_metrics_flush(m, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(!kept && flushed == SIAM_E_IO);
    assert_has(e.msg, "./m'");
    siam_err_clear(&e);
    assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    assert_true(!siam_metrics_flush(m, &e) && !siam_metrics_sync(m, &e));
    text = get("m");
    int rows = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        rows++;
    assert_int_equal(rows, 4);
    /* room for a part of a row: the rest follows when there is more, and nothing comes twice */
    const struct rlimit nearly = {strlen(text) + 10, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &nearly), 0);
    kept = siam_metrics_append(m, &row, &e);
    const siam_code again = siam_metrics_flush(m, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(!kept && again == SIAM_E_IO);
    siam_err_clear(&e);
    assert_int_equal(siam_metrics_flush(m, &e), SIAM_OK);
    char *longer = get("m");
    const char *last = longer + strlen(text);
    assert_memory_equal(longer, text, strlen(text));
    assert_int_equal(strlen(last), strlen(text) / 4); /* one row like the four before it */
    assert_memory_equal(last, text, strlen(last));
    free(longer);
    free(text);
    /* but not for ever */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    for (int i = 0; i < 1 << 20 && !lost; i++)
        lost = siam_metrics_append(m, &row, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(lost, SIAM_E_IO);
    siam_metrics_close(&m);
}

/* Cut back, the file holds whole rows with their ends, up to the step, and of epochs only those that the run went through. */
static void metrics_cut(void **state)
{
    (void)state;
    static const struct {
        int64_t step, epochs;
        const char *text, *kept;
    } rows[] = {
        {4, 2, "{\"kind\":\"step\",\"epoch\":1,\"step\":2}\n{\"kind\":\"epoch\",\"epoch\":1,\"step\":2}\n"
               "{\"kind\":\"epoch\",\"epoch\":2,\"step\":4}\n{\"kind\":\"epoch\",\"epoch\":3,\"step\":4}\n",
         "{\"kind\":\"step\",\"epoch\":1,\"step\":2}\n{\"kind\":\"epoch\",\"epoch\":1,\"step\":2}\n"
         "{\"kind\":\"epoch\",\"epoch\":2,\"step\":4}\n"},
        {4, 1, "{\"kind\":\"epoch\",\"epoch\":1,\"step\":4}\n{\"kind\":\"epoch\",\"epoch\":2,\"step\":4}\n",
         "{\"kind\":\"epoch\",\"epoch\":1,\"step\":4}\n"},
        {4, 0, "{\"kind\":\"epoch\",\"epoch\":1,\"step\":4}\n", ""},
        {4, 0, "{\"kind\":\"step\",\"epoch\":1,\"step\":4}\n{\"kind\":\"step\",\"epoch\":1,\"step\":5}\n",
         "{\"kind\":\"step\",\"epoch\":1,\"step\":4}\n"},
        /* killed before the end of the line was written: the next row would go on in it */
        {4, 0, "{\"kind\":\"step\",\"epoch\":1,\"step\":1}\n{\"kind\":\"step\",\"epoch\":1,\"step\":2}",
         "{\"kind\":\"step\",\"epoch\":1,\"step\":1}\n"},
        {4, 0, "{\"kind\":\"step\",\"epoch\":1,\"step\":2} ", ""},
        {4, 9, "{\"kind\":\"epoch\",\"epoch\":1,\"step\":2}\r", ""},
        {4, 0, "{\"step\":2.0}\n{\"step\":\"2\"}\n{}\n[2]\n2\n\n{\"step\":3}\n", "{\"step\":3}\n"},
    };
    siam_metrics *m;
    siam_err e = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put("m", rows[i].text);
        assert_int_equal(siam_metrics_open(&m, &here, "m", rows[i].step, rows[i].epochs, &e), SIAM_OK);
        siam_metrics_close(&m);
        char *text = get("m");
        assert_string_equal(text, rows[i].kept);
        free(text);
    }
    FILE *f = fopen("m", "w"); /* a row that spaces make longer than a line may be */
    fprintf(f, "{\"step\":1}%*s\n{\"step\":2}\n", 70000, "");
    fclose(f);
    assert_int_equal(siam_metrics_open(&m, &here, "m", 4, 0, &e), SIAM_OK);
    siam_metrics_close(&m);
    char *text = get("m");
    assert_string_equal(text, "{\"step\":2}\n");
    free(text);
}

static int json_left; /* allocations until there is no memory */
static void *json_scarce(size_t n) { return json_left-- > 0 ? malloc(n) : NULL; }

/* Where there is no memory to look at a row, nothing is cut off. */
static void metrics_without_memory(void **state)
{
    (void)state;
    static const char rows[] = "{\"kind\":\"step\",\"epoch\":1,\"step\":1}\n{\"kind\":\"step\",\"epoch\":1,\"step\":2}\n";
    siam_code rc = SIAM_E_NOMEM;
    int tried = 0;
    put("m", rows);
    for (; rc && tried < 1000; tried++) {
        siam_metrics *m;
        siam_err e = {0};
        json_left = tried;
        json_set_alloc_funcs(json_scarce, free);
        rc = siam_metrics_open(&m, &here, "m", 4, 0, &e);
        json_set_alloc_funcs(malloc, free);
        siam_metrics_close(&m);
        char *text = get("m");
        assert_string_equal(text, rows);
        free(text);
        assert_true(!rc || (rc == SIAM_E_NOMEM && strstr(e.msg, "out of memory for 'm'")));
    }
    assert_true(!rc && tried > 2);
}

/* What was not measured is left out: JSON has neither NaN nor infinity. */
static void metrics_of_nothing(void **state)
{
    (void)state;
    static const double not_measured[] = {NAN, -NAN, INFINITY, -INFINITY};
    siam_metrics *m;
    siam_err e = {0};
    for (size_t i = 0; i < sizeof not_measured / sizeof *not_measured; i++) {
        const double x = not_measured[i];
        siam_event row = {.epoch = 3, .step = 9};
        for (int g = 0; g < SIAM_GAUGES; g++)
            siam_event_put(&row, g, x);
        assert_int_equal(siam_metrics_open(&m, &here, "m", -1, 0, &e), SIAM_OK);
        assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
        siam_metrics_close(&m);
        char *text = get("m");
        assert_string_equal(text, "{\"kind\":\"step\",\"epoch\":3,\"step\":9}\n");
        free(text);
    }
}

/* ---- console ---- */

static double fake_time;
static double fake_clock(void *user)
{
    (void)user;
    return fake_time;
}

static siam_event at_step(int64_t step, int64_t steps)
{
    siam_event ev = {.epoch = 12, .epochs = 800, .step = step, .steps = steps, .batch = 73, .batches = 100};
    siam_event_put(&ev, SIAM_GAUGE_LOSS, -0.8312);
    siam_event_put(&ev, SIAM_GAUGE_Z_STD_RATIO, 0.98);
    siam_event_put(&ev, SIAM_GAUGE_LR, 0.0299);
    siam_event_put(&ev, SIAM_GAUGE_IMAGES_PER_S, 1843.2);
    siam_event_put(&ev, SIAM_GAUGE_DATA_WAIT, 0.02);
    return ev;
}

typedef struct console {
    siam_progress *p;
    FILE *out, *log;
    char *text, *logged;
    size_t n, nlogged;
} console;

static void console_open(console *c, int terminal, int columns)
{
    siam_err e = {0};
    fake_time = 1000;
    c->out = open_memstream(&c->text, &c->n);
    c->log = open_memstream(&c->logged, &c->nlogged);
    const siam_progress_cfg cfg = {
        .out = c->out, .log = c->log, .terminal = terminal, .columns = columns, .clock = fake_clock};
    assert_int_equal(siam_progress_create(&c->p, &cfg, &e), SIAM_OK);
}

static void console_close(console *c)
{
    siam_progress_destroy(&c->p);
    fclose(c->out);
    fclose(c->log);
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

static void plain_lines(void **state)
{
    (void)state;
    console c;
    console_open(&c, -1, 0);
    for (int64_t s = 1; s <= 10000; s++, fake_time += 0.1) {
        const siam_event st = at_step(s, 10000);
        siam_progress_event(c.p, &st);
    }
    siam_progress_note(c.p, "evil \x1b[2J \xc2\x9b name\ttab\nline\r\n \xff \xe2\x80\xa8""end %s", "caf\xc3\xa9");
    console_close(&c);
    assert_int_equal(count(c.text, "step 3/10000  loss -0.831  std 0.98x  lr .0299  1843 img/s  io 2%"), 1);
    assert_has(c.text, "step 1/10000");
    assert_int_equal(count(c.text, "\n"), 5 + 33 + 1); /* 1000 s: the first five, then one per 30 s */
    assert_has(c.text, "evil ?[2J ? name tab line?  ? ?end caf\xc3\xa9\n");
    assert_null(strchr(c.text, '\x1b'));
    assert_null(strchr(c.text, '\r'));
    assert_string_equal(c.text, c.logged);
    free(c.text);
    free(c.logged);

    console_open(&c, -1, 0); /* slow steps: bounded by progress, too */
    for (int64_t s = 1; s <= 1000; s++, fake_time += 31) {
        const siam_event st = at_step(s, 1000);
        siam_progress_event(c.p, &st);
    }
    console_close(&c);
    assert_int_equal(count(c.text, "\n"), 5 + 99);
    free(c.text);
    free(c.logged);
}

static int columns_used(const char *s)
{
    int n = 0;
    for (; *s && *s != '\r'; s++) {
        if (*s == '\x1b')
            s += strcspn(s, "mK");
        else
            n += (*s & 0xc0) != 0x80;
    }
    return n;
}

static void terminal_line(void **state)
{
    (void)state;
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("NO_COLOR", "1", 1);
    for (int columns = 20; columns <= 140; columns++) {
        console c;
        console_open(&c, 1, columns);
        siam_event st = at_step(1, 100000);
        siam_progress_event(c.p, &st);
        fake_time += 1.2;
        st = at_step(101, 100000);
        siam_progress_event(c.p, &st);
        fflush(c.out);
        const char *last = strrchr(c.text, '\r') + 1;
        if (columns_used(last) >= columns)
            fail_msg("%d columns: %s", columns, last);
        assert_has(last, "epoch  12/800");
        if (columns >= 40)
            assert_has(last, "eta 19m59s");
        if (columns >= 80) {
            assert_has(last, "73%");
            assert_has(last, "loss -0.831");
            assert_has(last, "std 0.98x");
            assert_has(last, "lr .0299");
            assert_has(last, "1843 img/s");
            assert_has(last, "io 2%");
        }
        if (columns >= 120)
            assert_has(last, "\u2501\u2501\u2501\u2501\u2578\u2500");
        console_close(&c);
        assert_int_equal(columns_used(strrchr(c.text, '\r') + 1), 0); /* nothing is left behind */
        assert_null(strchr(c.logged, '\x1b'));
        free(c.text);
        free(c.logged);
    }
}

static void terminal_rate(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    setenv("LC_ALL", "C", 1);
    console c;
    console_open(&c, 1, 140);
    for (int64_t s = 1; s <= 1000; s++, fake_time += 0.01) {
        siam_event st = at_step(s, 1000);
        siam_event_put(&st, SIAM_GAUGE_DATA_WAIT, 0.34);
        siam_progress_event(c.p, &st);
    }
    siam_progress_note(c.p, "hello");
    fflush(c.out);
    const int drawn = count(c.text, "\repoch");
    assert_in_range(drawn, 90, 101); /* 10 s at 10 Hz */
    assert_has(c.text, "\x1b[33mio 34%\x1b[0m");
    assert_has(c.text, "===>--");
    assert_int_equal(count(c.text, "waiting for data 34 %"), 1);
    assert_has(c.text, "\r\x1b[Khello\n");
    console_close(&c);
    assert_int_equal(count(c.logged, "\n"), 5 + 1 + 1); /* steps, the advice, the note */
    free(c.text);
    free(c.logged);
}

static void terminal_detection(void **state)
{
    (void)state;
    siam_err e = {0};
    FILE *f = tmpfile(); /* not a terminal */
    const siam_progress_cfg cfg = {.out = f, .clock = fake_clock};
    siam_progress *p;
    setenv("TERM", "xterm", 1);
    assert_int_equal(siam_progress_create(&p, &cfg, &e), SIAM_OK);
    const siam_event st = at_step(1, 10);
    siam_progress_event(p, &st);
    siam_progress_destroy(&p);
    siam_progress_destroy(&p);
    rewind(f);
    char line[512] = "";
    assert_non_null(fgets(line, sizeof line, f));
    assert_null(strpbrk(line, "\x1b\r"));
    fclose(f);
    siam_progress_note(NULL, "nobody listens");
    const siam_progress_cfg silent = {.out = NULL};
    assert_int_equal(siam_progress_create(&p, &silent, &e), SIAM_OK);
    siam_progress_event(p, &st);
    siam_progress_note(p, "x");
    siam_progress_destroy(&p);
}

static void epoch_lines(void **state)
{
    (void)state;
    console c;
    console_open(&c, 1, 80);
    siam_event s = {.kind = SIAM_EVENT_EPOCH, .epoch = 12, .epochs = 800, .step = 1176, .took = 23.08};
    siam_event_put(&s, SIAM_GAUGE_LOSS, -0.83124);
    siam_event_put(&s, SIAM_GAUGE_Z_STD_RATIO, 0.981);
    siam_event_put(&s, SIAM_GAUGE_Z_RANK, 411.7)->most = 2048;
    siam_event_put(&s, SIAM_GAUGE_LR, 0.03);
    siam_event_put(&s, SIAM_GAUGE_IMAGES_PER_S, 1843.4);
    siam_number *knn = siam_event_put(&s, SIAM_GAUGE_KNN_TOP1, 0.7131);
    knn->best = 0.716;
    knn->best_epoch = 10;
    strcpy(knn->about, "bank 50,000");
    siam_event_put(&s, SIAM_GAUGE_SECONDS, 300);
    const siam_event st = at_step(1176, 78400);
    siam_progress_event(c.p, &st);
    siam_progress_event(c.p, &s);
    fflush(c.out);
    assert_has(c.text,
               "\r\x1b[Kepoch  12  loss -0.8312  std 0.98x  rank 412/2048  kNN 71.3 % (best 71.6 @10; bank "
               "50,000)  23.1 s  1843 img/s\n");
    siam_event_put(&s, SIAM_GAUGE_KNN_TOP1, NAN);
    siam_event_put(&s, SIAM_GAUGE_Z_RANK, NAN);
    s.epoch = 13;
    siam_progress_event(c.p, &s);
    fflush(c.out);
    assert_has(c.text, "epoch  13  loss -0.8312  std 0.98x  23.1 s  1843 img/s\n");
    console_close(&c);
    free(c.text);
    free(c.logged);

    console_open(&c, -1, 0); /* every epoch to 1000, then one per 30 s and the last */
    s.epochs = 100000;
    for (int64_t k = 1; k <= s.epochs; k++, fake_time += 0.01) {
        s.epoch = k;
        siam_progress_event(c.p, &s);
    }
    console_close(&c);
    assert_in_range(count(c.text, "\n"), 1000 + 30, 1000 + 36);
    assert_has(c.text, "epoch 100000  loss");
    free(c.text);
    free(c.logged);
}

/* Lines from before there is a log come first in it; they go nowhere when there never is one. */
static void log_later(void **state)
{
    (void)state;
    siam_err e = {0};
    char *text = NULL;
    size_t n;
    siam_progress *p;
    const siam_progress_cfg cfg = {.log_later = true};
    for (int has_log = 0; has_log < 2; has_log++) {
        FILE *log = open_memstream(&text, &n);
        assert_int_equal(siam_progress_create(&p, &cfg, &e), SIAM_OK);
        siam_progress_note(p, "one");
        siam_progress_note(p, "two");
        if (has_log) {
            siam_progress_log(p, log);
            siam_progress_note(p, "three");
        }
        siam_progress_destroy(&p);
        fclose(log);
        assert_string_equal(text, has_log ? "one\ntwo\nthree\n" : "");
        free(text);
    }
}

/* A pipe named as one of our files must be refused, not waited for. */
static void pipes_are_refused(void **state)
{
    (void)state;
    siam_err e = {0};
    siam_metrics *m;
    assert_int_equal(mkfifo("metrics.jsonl", 0600), 0);
    assert_int_not_equal(siam_metrics_open(&m, &here, "metrics.jsonl", 3, 0, &e), SIAM_OK);
    assert_has(e.msg, "metrics.jsonl");
    assert_int_not_equal(siam_metrics_open(&m, &here, "metrics.jsonl", -1, 0, NULL), SIAM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        FOLDER_TEST(metrics_rows),
        FOLDER_TEST(metrics_resume),
        FOLDER_TEST(metrics_cut),
        FOLDER_TEST(metrics_without_memory),
        FOLDER_TEST(metrics_of_nothing),
        FOLDER_TEST(pipes_are_refused),
        cmocka_unit_test(plain_lines),
        cmocka_unit_test(log_later),
        cmocka_unit_test(terminal_line),
        cmocka_unit_test(terminal_rate),
        cmocka_unit_test(terminal_detection),
        cmocka_unit_test(epoch_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
