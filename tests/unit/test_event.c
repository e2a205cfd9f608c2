/* Events: a number that was not measured is in no sink, one that was is in all of them, as its row says. */
#include "run_case.h"

#include <math.h>

#include "report/event.h"
#include "report/progress.h"

static siam_folder here = {.fd = AT_FDCWD, .path = "."};

static void each_number_has_a_row(void **state)
{
    (void)state;
    for (int g = 0; g < SIAM_GAUGES; g++) {
        const siam_gauge *row = &siam_gauges[g];
        assert_true(row->key && row->key[0]);
        assert_true(!(row->step || row->epoch) || (row->before && row->behind));
        assert_true(!row->step || row->keep > 0); /* a line that is too long would not fit without it */
        for (int k = 0; k < g; k++) {
            assert_string_not_equal(siam_gauges[k].key, row->key);
            assert_true(!row->step || !siam_gauges[k].step || siam_gauges[k].keep != row->keep);
        }
    }
    assert_string_equal(siam_gauges[SIAM_GAUGE_LOSS].key, "loss");
    assert_string_equal(siam_gauges[SIAM_GAUGE_TOP5].unit, SIAM_SHARE);
}

static void absent_numbers(void **state)
{
    (void)state;
    static const double none[] = {NAN, -NAN, INFINITY, -INFINITY};
    siam_event ev = {.step = 1};
    for (int g = 0; g < SIAM_GAUGES; g++) {
        assert_true(isnan(siam_event_value(&ev, g))); /* of nothing, none is 0 */
        for (int i = 0; i < 4; i++) {
            siam_event_put(&ev, g, none[i]);
            assert_true(!ev.number[g].measured && isnan(siam_event_value(&ev, g)));
        }
        siam_event_put(&ev, g, 0);
        assert_true(ev.number[g].measured && siam_event_value(&ev, g) == 0);
        siam_event_put(&ev, g, NAN)->most = 3; /* of later events of the same place */
        assert_true(isnan(siam_event_value(&ev, g)));
    }
}

/* ---- sinks ---- */

typedef struct rig {
    siam_progress *console;
    siam_sinks *sinks;
    FILE *out;
    char *text;
    size_t n;
    int told;
    siam_event last;
} rig;

static void told(void *user, const siam_event *ev)
{
    rig *r = user;
    r->told++;
    r->last = *ev;
}

static void rig_open(rig *r, bool console, bool callback, bool file)
{
    siam_err e = {0};
    memset(r, 0, sizeof *r);
    r->out = open_memstream(&r->text, &r->n);
    assert_int_equal(siam_progress_create(&r->console, &(siam_progress_cfg){.out = r->out, .terminal = -1}, &e), SIAM_OK);
    const siam_sink_cfg cfg = {.console = console ? r->console : NULL, .folder = file ? &here : NULL, .resume_step = -1,
                               .told = callback ? told : NULL, .user = r};
    if (siam_sinks_open(&r->sinks, &cfg, &e))
        fail_msg("%s", e.msg);
}

static void rig_close(rig *r)
{
    siam_sinks_close(&r->sinks);
    siam_sinks_close(&r->sinks);
    siam_progress_destroy(&r->console);
    fclose(r->out);
}

/* An event with the numbers whose bits are set, each 0.25. */
static siam_event event_of(siam_event_kind kind, unsigned bits)
{
    siam_event ev = {.kind = kind, .epoch = 2, .epochs = 3, .step = 7, .steps = 9, .batch = 1, .batches = 3, .took = NAN};
    for (int g = 0; g < SIAM_GAUGES; g++)
        if (bits >> g & 1)
            siam_event_put(&ev, g, 0.25);
    return ev;
}

/* Every number alone, all, and none, through every sink. */
static void each_sink_has_each_number(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++)
        for (int g = -1; g <= SIAM_GAUGES; g++) {
            rig r;
            siam_err e = {0};
            const unsigned bits = g < 0 ? 0 : g == SIAM_GAUGES ? (1u << SIAM_GAUGES) - 1 : 1u << g;
            const siam_event ev = event_of(kind, bits);
            rig_open(&r, true, true, true);
            assert_int_equal(siam_sinks_tell(r.sinks, &ev, &e), SIAM_OK);
            rig_close(&r);
            assert_int_equal(r.told, 1);
            char *file = get("metrics.jsonl");
            for (int k = 0; k < SIAM_GAUGES; k++) {
                char text[64];
                const siam_gauge *row = &siam_gauges[k];
                const siam_shown how = kind == SIAM_EVENT_STEP ? row->step : row->epoch;
                const bool there = bits >> k & 1;
                snprintf(text, sizeof text, "\"%s\":0.25", row->key);
                assert_int_equal(strstr(file, text) != NULL, there);
                assert_int_equal(r.last.number[k].measured, there);
                if (how && row->before[0]) /* what stands before it is in no other's text */
                    assert_int_equal(strstr(r.text, row->before) != NULL, there);
            }
            free(file);
            free(r.text);
        }
}

/* How a row has it shown. */
static void shown_as_the_row_says(void **state)
{
    (void)state;
    static const struct {
        siam_event_kind kind;
        siam_gauge_id g;
        double value, best;
        int64_t best_epoch, most;
        const char *about, *text;
    } rows[] = {
        {SIAM_EVENT_STEP, SIAM_GAUGE_LOSS, -0.83126, 0, 0, 0, "", "  loss -0.831  "},
        {SIAM_EVENT_EPOCH, SIAM_GAUGE_LOSS, -0.83126, 0, 0, 0, "", "  loss -0.8313\n"},
        {SIAM_EVENT_STEP, SIAM_GAUGE_DATA_WAIT, 0.126, 0, 0, 0, "", "  io 13%  "},
        {SIAM_EVENT_STEP, SIAM_GAUGE_DATA_WAIT, 1.01, 0, 0, 0, "", "  io 100%  "},
        {SIAM_EVENT_STEP, SIAM_GAUGE_DATA_WAIT, -0.01, 0, 0, 0, "", "  io 0%  "},
        {SIAM_EVENT_STEP, SIAM_GAUGE_LR, 0.0299, 0, 0, 0, "", "  lr .0299  "},
        {SIAM_EVENT_STEP, SIAM_GAUGE_IMAGES_PER_S, 9.94, 0, 0, 0, "", "  9.9 img/s  "},
        {SIAM_EVENT_STEP, SIAM_GAUGE_IMAGES_PER_S, 9.96, 0, 0, 0, "", "  10 img/s  "},
        {SIAM_EVENT_EPOCH, SIAM_GAUGE_Z_RANK, 9.94, 0, 0, 64, "", "  rank 9.9/64\n"},
        {SIAM_EVENT_EPOCH, SIAM_GAUGE_Z_RANK, 411.7, 0, 0, 2048, "", "  rank 412/2048\n"},
        {SIAM_EVENT_EPOCH, SIAM_GAUGE_KNN_TOP1, 0.7131, 0.716, 10, 0, "bank 50,000",
         "  kNN 71.3 % (best 71.6 @10; bank 50,000)\n"},
        {SIAM_EVENT_EPOCH, SIAM_GAUGE_KNN_TOP1, 0.7131, 0.716, 10, 0, "", "  kNN 71.3 % (best 71.6 @10)\n"},
        {SIAM_EVENT_EPOCH, SIAM_GAUGE_TOP1, 0.71315, 0.71316, 4, 0, "", "  top-1 71.31 % (best 71.32 @4)\n"},
        {SIAM_EVENT_EPOCH, SIAM_GAUGE_TOP5, 0.9, 0, 0, 0, "", "  top-5 90.00 %\n"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig r;
        siam_err e = {0};
        siam_event ev = event_of(rows[i].kind, 0);
        siam_number *n = siam_event_put(&ev, rows[i].g, rows[i].value);
        n->best = rows[i].best;
        n->best_epoch = rows[i].best_epoch;
        n->most = rows[i].most;
        strcpy(n->about, rows[i].about);
        rig_open(&r, true, false, false);
        assert_int_equal(siam_sinks_tell(r.sinks, &ev, &e), SIAM_OK);
        rig_close(&r);
        assert_has(r.text, rows[i].text);
        free(r.text);
    }
}

/* Each sink alone; and those that nobody asked for are silent. */
static void sinks_that_are_wanted(void **state)
{
    (void)state;
    for (int wanted = 0; wanted < 8; wanted++) {
        rig r;
        siam_err e = {0};
        const siam_event ev = event_of(SIAM_EVENT_STEP, 1);
        unlink("metrics.jsonl");
        rig_open(&r, wanted & 1, wanted & 2, wanted & 4);
        assert_int_equal(siam_sinks_tell(r.sinks, &ev, &e), SIAM_OK);
        rig_close(&r);
        assert_int_equal(r.n > 0, wanted & 1);
        assert_int_equal(r.told, (wanted & 2) / 2);
        assert_int_equal(access("metrics.jsonl", F_OK), wanted & 4 ? 0 : -1);
        free(r.text);
    }
}

/* One of many steps is shown and told, and is no row of the record. */
static void brief_events(void **state)
{
    (void)state;
    rig r;
    siam_err e = {0};
    siam_event ev = event_of(SIAM_EVENT_STEP, 1);
    rig_open(&r, true, true, true);
    for (int i = 0; i < 4; i++) {
        ev.brief = i % 2;
        assert_int_equal(siam_sinks_tell(r.sinks, &ev, &e), SIAM_OK);
    }
    rig_close(&r);
    assert_int_equal(r.told, 4);
    char *file = get("metrics.jsonl");
    int lines = 0;
    for (const char *at = file; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 2);
    free(file);
    free(r.text);
}

/* A record that cannot be opened: nothing is left open, and nothing to close. */
static void a_sink_that_fails(void **state)
{
    (void)state;
    siam_err e = {0};
    siam_sinks *s = (siam_sinks *)1;
    assert_int_equal(mkdir("metrics.jsonl", 0700), 0);
    assert_int_not_equal(siam_sinks_open(&s, &(siam_sink_cfg){.folder = &here, .resume_step = -1}, &e), SIAM_OK);
    assert_null(s);
    assert_has(e.msg, "metrics.jsonl");
    siam_sinks_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_has_a_row),
        cmocka_unit_test(absent_numbers),
        FOLDER_TEST(each_sink_has_each_number),
        FOLDER_TEST(shown_as_the_row_says),
        FOLDER_TEST(sinks_that_are_wanted),
        FOLDER_TEST(brief_events),
        FOLDER_TEST(a_sink_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
