/* Events: the numbers of a step or an epoch of training. Each is named once (gauges.def); one that was not measured is not
 * there. They are collected by who trains, and told to every sink (sinks.def). */
#ifndef SIAM_REPORT_EVENT_H
#define SIAM_REPORT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/folder.h"

typedef enum siam_gauge_id {
#define SIAM_ROW(name, ...) SIAM_GAUGE_##name,
#include "report/gauges.def"
#undef SIAM_ROW
    SIAM_GAUGES
} siam_gauge_id;

/* How the console shows a number. */
typedef enum siam_shown {
    SIAM_NOT_SHOWN,
    SIAM_WHOLE,
    SIAM_1_DECIMAL,
    SIAM_2_DECIMALS,
    SIAM_3_DECIMALS,
    SIAM_4_DECIMALS,
    SIAM_THREE_DIGITS, /* 9.9, 10 */
    SIAM_AS_RATE       /* .0299 */
} siam_shown;

#define SIAM_SHARE "share" /* between 0 and 1; shown in percent */

typedef struct siam_gauge {
    const char *key, *unit;      /* "images_per_s", "images/s"; NULL: a plain number */
    const char *before, *behind; /* on the console: "std ", "x" */
    siam_shown step, epoch;      /* in the line of a step, of an epoch */
    int keep;                    /* of a step's fields the one with the least goes first when the line is too long */
    bool last;                   /* in an epoch's line behind the time it took */
} siam_gauge;
extern const siam_gauge siam_gauges[SIAM_GAUGES];

typedef struct siam_number {
    bool measured;
    double value;
    double best;        /* so far ... */
    int64_t best_epoch; /* ... and since when; 0: not told */
    int64_t most;       /* the largest it can be; 0: not told */
    char about[32];     /* how it was measured, beside the best: "bank 50,000"; or "" */
} siam_number;

typedef enum siam_event_kind { SIAM_EVENT_STEP, SIAM_EVENT_EPOCH } siam_event_kind;

typedef struct siam_event {
    siam_event_kind kind;
    bool brief;             /* one of many: for those who show where the run stands, not for the record */
    int64_t epoch, epochs;  /* under way, or just over, from 1; of the whole run */
    int64_t step, steps;    /* updates done since training began; of the whole run */
    int64_t batch, batches; /* done, of this epoch */
    double took;            /* an epoch: seconds of its steps in this session; NAN: none */
    siam_number number[SIAM_GAUGES];
    char note[256]; /* a line to be said after it, or "" */
} siam_event;

/* A number that was measured: what is not finite was not. Returns it, for what is to be told beside its value. */
siam_number *siam_event_put(siam_event *ev, siam_gauge_id g, double value);
double siam_event_value(const siam_event *ev, siam_gauge_id g); /* NAN: not measured */

/* ---- sinks ---- */

struct siam_progress;

typedef struct siam_sink_cfg {
    struct siam_progress *console; /* borrowed, or NULL */
    const siam_folder *folder;     /* of the run, or NULL */
    int64_t resume_step, epochs;   /* the run goes on from there; resume_step < 0: it is new */
    void (*told)(void *user, const siam_event *ev); /* or NULL */
    void *user;
} siam_sink_cfg;

/* Where events go: a row of sinks.def. */
typedef struct siam_sink {
    const char *name;
    /* *self: what the other two get; NULL: none of its events are wanted. `cfg` is there until close. */
    siam_code (*open)(void **self, const siam_sink_cfg *cfg, siam_err *e);
    siam_code (*event)(void *self, const siam_event *ev, siam_err *e);
    /* What was told is to outlast this process, before a checkpoint says that training has come so far; or NULL. flush hands
     * it to the system, sync waits for the disk, perhaps in another thread. */
    siam_code (*flush)(void *self, siam_err *e);
    siam_code (*sync)(const void *self, siam_err *e);
    void (*close)(void *self); /* or NULL */
} siam_sink;

typedef struct siam_sinks siam_sinks;
siam_code siam_sinks_open(siam_sinks **out, const siam_sink_cfg *cfg, siam_err *e);
/* Tell all of them, in the order of their rows; the first that fails ends it. */
siam_code siam_sinks_tell(siam_sinks *s, const siam_event *ev, siam_err *e);
/* Of all of them (siam_sink); s may be NULL. */
siam_code siam_sinks_flush(siam_sinks *s, siam_err *e);
siam_code siam_sinks_sync(const siam_sinks *s, siam_err *e);
void siam_sinks_close(siam_sinks **s);

#endif
