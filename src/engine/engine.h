/* A model that can be stepped and run, wherever its memory is.
 *
 * Parameters are described, filled, saved and loaded as a table in the host's memory (tensor/param.h). An engine has numbers
 * of its own while it works: push gives it those of the table, pull brings the table up to date. What a caller hands in
 * or gets back lies in the host's memory and is the caller's; nothing that an engine owns is ever seen. (The host's engine
 * works in the table itself, so that neither of them copies anything.) */
#ifndef SIAM_ENGINE_ENGINE_H
#define SIAM_ENGINE_ENGINE_H

#include "nn/plan.h"
#include "optim/optim.h"

typedef struct siam_engine_type siam_engine_type;

/* Common head of every engine. Used by one thread at a time. */
typedef struct siam_engine {
    const siam_engine_type *type;
} siam_engine;

enum { SIAM_DEVICES_MAX = 64 }; /* that share a batch, in one process */

/* Devices behind a plug-in; the strings are borrowed. */
typedef struct siam_devices {
    const char *plugin; /* path of the library */
    const char *kind;   /* what its devices are called: "cuda" */
    int first;          /* the plug-in's number of the first, from 0 */
    int count;          /* that many from there on share each batch, as evenly as training needs it; 0 = 1 */
} siam_devices;

/* Views that a device makes itself, of what it is brought of each batch (siam_raw_views). */
struct siam_hlo_program;
typedef struct siam_engine_views {
    /* A program of views/: of the views of one part of a batch, one device's share; borrowed. NULL: views are brought whole. */
    const struct siam_hlo_program *program;
    const float *levels;  /* borrowed, as is: */
    const uint8_t *set;   /* all images, where they stay on the device; or NULL */
} siam_engine_views;

/* Of each view of a batch, view 1 of all images first, as `step` takes whole ones: */
typedef struct siam_raw_views {
    const uint8_t *crops;        /* [views, H, W, C]; or, of a set that stays on the device: */
    const int32_t *index, *crop; /* [views]; [views, 2, H, 1 + taps] */
    const int32_t *drawn;        /* [views, words] */
} siam_raw_views;

typedef struct siam_engine_cfg {
    siam_backend *host;      /* borrowed; an engine elsewhere uses it for what it cannot do itself */
    siam_tuner *tuner;       /* NULL: nothing is timed */
    const siam_graph *graph; /* borrowed */
    int images;              /* of each view, at once */
    siam_dtype map_type;     /* type of the feature maps */
    siam_devices devices;    /* of an engine that is behind a plug-in */
    /* Training only: */
    bool training;
    int parts; /* of a batch, one after the other, each with BatchNorm statistics of its own (accumulation); 0 = 1 */
    siam_recompute recompute;
    siam_val loss;
    const siam_optimizer *optimizer;
    double momentum, weight_decay;
    siam_engine_views views; /* for an engine with step_raw */
} siam_engine_cfg;

/* Bytes beside the parameters. */
typedef struct siam_engine_memory {
    size_t activations, rest;
    size_t set; /* of images that stay on a device, in no step's figures */
} siam_engine_memory;

/* A step that was asked for. */
typedef struct siam_ticket {
    int64_t number;
} siam_ticket;

enum { SIAM_TICKETS = 16 }; /* steps whose outcome can still be asked for; an earlier one's is gone */

/* What a step came to. */
typedef struct siam_outcome {
    double loss, gauge; /* means over its parts; NaN and infinity are handed on */
    int bad;            /* the row of the first running statistic that is not finite after it, -1: none */
    double bad_value;
} siam_outcome;

struct siam_engine_type {
    const char *name, *help; /* "plan" */
    int late; /* steps it is well to ask for before the outcome of the first; 0: it has done one when it returns. Below SIAM_TICKETS */
    /* Choose how it is to be computed. Takes no memory to speak of. */
    siam_code (*create)(siam_engine **out, const siam_engine_cfg *c, siam_err *e);
    void (*destroy)(siam_engine **x);
    siam_engine_memory (*bytes)(const siam_engine *x);
    /* After alloc: what a step takes on a device elsewhere, parameters included, as its compiler says: temporaries as `activations`, what goes
     * in and out as `rest`; and `set`, on each device. false: it says nothing, and `set` alone is right; NULL: bytes has said it all. */
    bool (*compiled)(const siam_engine *x, siam_engine_memory *m);
    /* Take those bytes. */
    siam_code (*alloc)(siam_engine *x, siam_err *e);
    /* What there is to tell of it that is no failure, in a sentence, since this was last asked; NULL: nothing. NULL itself: never anything. */
    const char *(*remark)(siam_engine *x);
    /* Use the numbers of this table from now on: weights and statistics; momentum, too, in training. Tables are matched by name and
     * shape (SIAM_E_DATA) and must outlive the engine's runs. last (inference): nobody will use the table for anything
     * else, so its numbers may be overwritten. */
    siam_code (*push)(siam_engine *x, siam_params *p, bool last, siam_err *e);
    /* Bring the table that was pushed up to date: weights, statistics, momentum. Waits for all steps. */
    siam_code (*pull)(siam_engine *x, siam_err *e);
    /* One update from one batch: views [K, parts * images, C, H, W], view 1 of all images first; rate: the learning rate of each
     * group. The views may be overwritten once it has returned; whether it is done then, nobody knows before `outcome`. */
    siam_code (*step)(siam_engine *x, const float *views, const float rate[SIAM_GROUP_COUNT], siam_ticket *t, siam_err *e);
    /* step of views that the engine makes first, as cfg.views says; NULL: it cannot. */
    siam_code (*step_raw)(siam_engine *x, const siam_raw_views *views, const float rate[SIAM_GROUP_COUNT], siam_ticket *t, siam_err *e);
    /* Those of the first part of a batch alone, to look at: dst [K, images, C, H, W]. NULL where step_raw is. */
    siam_code (*make)(siam_engine *x, const siam_raw_views *views, float *dst, siam_err *e);
    /* Waits for that step. A step that failed fails here. */
    siam_code (*outcome)(siam_engine *x, siam_ticket t, siam_outcome *o, siam_err *e);
    /* Run n images [n, C, H, W], at most cfg.images. */
    siam_code (*forward)(siam_engine *x, const float *images, int n, siam_err *e);
    /* What the last forward, or the last part of the last step, gave for its first n rows: the output or a value that the graph
     * keeps, as dst[n, C] or [n, C, H, W], float32. */
    siam_code (*read)(siam_engine *x, siam_val v, int n, float *dst, siam_err *e);
    /* The operations of a step, for `bench`; all four NULL where a step is not made of operations. Times are of the last step or
     * forward while profiling. */
    void (*profile)(siam_engine *x, bool on);
    int (*rows)(const siam_engine *x);
    siam_plan_row (*row)(const siam_engine *x, int i);
    double (*optimizer_ms)(const siam_engine *x);
};

extern const siam_engine_type *const siam_engines[]; /* NULL-terminated, from engines.def; the host's is the first */

/* type NULL: the host's. Otherwise as siam_engine_type says. *out is NULL on failure. */
siam_code siam_engine_create(siam_engine **out, const siam_engine_type *type, const siam_engine_cfg *c, siam_err *e);
void siam_engine_destroy(siam_engine **x); /* *x may be NULL */
const char *siam_engine_remark(siam_engine *x); /* type->remark, where there is one; x may be NULL */
/* What an engine of this configuration will take; kernels are chosen by rule for this, nothing is timed. */
siam_code siam_engine_bytes(siam_engine_memory *m, const siam_engine_type *type, const siam_engine_cfg *c, siam_err *e);

#endif
