/* A scan: a model over the images of a data set. It is opened in the one order that is right: the model, the
 * images at the model's size (or, where the model takes the size of the images, those first), how they are
 * normalised, then the device, its tuned kernels, and the extractor that runs them. */
#ifndef SIAM_INFER_SCAN_H
#define SIAM_INFER_SCAN_H

#include <signal.h>
#include <stdio.h>

#include "backend/device.h"
#include "base/file.h"
#include "data/holdout.h"
#include "engine/trust.h"
#include "infer/features.h"
#include "infer/knn.h"
#include "model/encoder.h"

/* Which images of a data set. */
typedef enum siam_scan_images {
    SIAM_SCAN_TRAIN,
    SIAM_SCAN_HELD_OUT,
    SIAM_SCAN_AUTO,    /* those held out, or all where none are */
    SIAM_SCAN_BOTH,    /* training and, where there are any, held out */
    SIAM_SCAN_LABELLED /* the same; held-out images without labels are left out, which is remarked on */
} siam_scan_images;

/* What is read off the model, in the order of siam_scan_layers. */
typedef enum siam_scan_layer {
    SIAM_SCAN_FEATURES, /* [C] */
    SIAM_SCAN_MAP,      /* [C, h, w] */
    SIAM_SCAN_Z,
    SIAM_SCAN_P,
    SIAM_SCAN_LOGITS
} siam_scan_layer;

/* What is asked of a scan. The first part is what option rows fill; the rest is the verb's. Strings behind
 * pointers are borrowed: the plan until prepare, the others during open. */
typedef struct siam_scan_spec {
    siam_model_spec model;     /* parts: what is read is added */
    char data[SIAM_PATH_MAX]; /* a data set; "": the paths below */
    int32_t exif;             /* enum siam_exif */
    double max_bad;           /* share of images that may be unreadable, as siam_loader_cfg */
    siam_holdout holdout;     /* of the training images; a share below 0: as the model was trained, where nothing else is held out */
    char device[SIAM_PATH_MAX]; /* as siam_place_find has it */
    int32_t devices;          /* as siam_place_take has it; 0 = 1 */
    int32_t threads;          /* 0 = all */
    int32_t precision;        /* enum siam_precision */
    bool force;               /* take it even where it is slower */

    bool pixels;      /* model.model may be "raw": the pixels themselves */
    bool images_size; /* raw and random:ARCH without a size take that of the images (of mixed ones: 32) */
    bool classifier;  /* a model without one is SIAM_E_CONFIG and says how to get one */
    siam_scan_layer layer;
    siam_scan_images images; /* of `data` */
    const char *const *path; /* files, folders, lists (data/paths.h) */
    int npaths;
    const char *list;    /* one more list, or NULL */
    bool keep_bad, last; /* as siam_extract_cfg */
    int batch, workers;  /* 0: what suits the size; a thread each of the device */
    const char *plan;    /* as siam_tuning_open's; what was timed is remembered */
    const siam_comm *comm; /* the ranks that share the work, each with the same spec; NULL: this process alone. Borrowed */
} siam_scan_spec;

/* Rows of an option table over T, which has a member `siam_scan_spec s`; SIAM_MODEL_OPTIONS(T, s.model) are
 * the model's. */
#define SIAM_EXIF_OPTION(T, s)                                                                               \
    SIAM_OPTION_ENUM(T, s.exif, "exif", SIAM_EXIF_IGNORE, "ignore|apply", 0, "orientation of photographs")
#define SIAM_MODEL_HOLDOUT_OPTIONS(T, s) SIAM_HOLDOUT_OPTIONS(T, s.holdout, -1, SIAM_OPT_AUTO)
#define SIAM_MAX_BAD_OPTION(T, s)                                                                            \
    SIAM_OPTION_F64(T, s.max_bad, "max_bad", 0.01, 0, 1, 0, "share of images that may be unreadable")
#define SIAM_MACHINE_OPTIONS(T, s)                                                                           \
    SIAM_OPTION_STR(T, s.device, "device", "auto", 0, "auto, cpu, or a device of simsiam list"),             \
        SIAM_OPTION_I32(T, s.devices, "devices", 1, 1, SIAM_DEVICES_MAX, 0, SIAM_DEVICES_HELP),                 \
        SIAM_OPTION_I32(T, s.threads, "threads", 0, 0, 1024, SIAM_OPT_AUTO, "threads of the computation")

typedef struct siam_scan {
    siam_scan_spec ask;
    siam_encoder *encoder;  /* NULL: the pixels */
    siam_dataset *split[2]; /* training, held out; NULL: not asked for, or not there. Paths are split[0] */
    siam_extract_cfg cfg;   /* size and norm are there after open */
    char norm_of[64];       /* whose norm that is: "the model's" */
    bool norm_said;         /* by the model or the user; else it is what is usual for such images */
    siam_place place;       /* these five after prepare */
    siam_trust trust;       /* in the device, where that is behind a plug-in */
    siam_backend *backend;
    siam_tuner *tuner;
    siam_extractor *extractor;
} siam_scan;

/* Model and images. The model fails as siam_encoder_open does, the images as siam_dataset_open; close is due
 * after a failure, too, which what is there shows: no encoder, no images. Of several ranks these functions fail on all
 * (siam_comm_agree), and open also where they do not have the same model and images. */
siam_code siam_scan_open(siam_scan *x, const siam_scan_spec *ask, siam_err *e);
/* Device, kernels and extractor, which take time and memory. A device behind a plug-in is compared with the reference before a model runs on
 * it, once (siam_trust_device, as which it fails). */
siam_code siam_scan_prepare(siam_scan *x, siam_err *e);
void siam_scan_close(siam_scan *x);

/* siam_comm_agree of its ranks: for what its caller does between those. */
siam_code siam_scan_agree(const siam_scan *x, siam_code rc, siam_err *e);

/* Of a scan with one split: that one. */
siam_dataset *siam_scan_set(const siam_scan *x);
/* "mean 0.485,0.456,0.406 and standard deviation 0.229,0.224,0.225 (ImageNet's, as the model says none)". */
void siam_scan_norm_text(const siam_scan *x, char *buf, size_t n);

/* What its user should know of the device, the model and the images, each line behind `before`: a device that was compared just now,
 * how the model's file was read, what is odd about the data set. */
void siam_scan_tell(const siam_scan *x, const char *before, FILE *out);
/* The part of it that may come while the model runs: for who told the rest before. */
void siam_scan_tell_remark(const siam_scan *x, const char *before, FILE *out);

/* siam_extractor_stream of one of the splits. */
siam_code siam_scan_stream(siam_scan *x, const siam_dataset *d, const volatile sig_atomic_t *stop,
                           siam_rows_sink *sink, void *user, siam_skiplist *skipped, siam_err *e);
/* siam_knn_ask of them. */
siam_code siam_scan_knn(siam_scan *x, const siam_knn_sets *s, const siam_knn_cfg *c, double *top1,
                        siam_knn_note *told, siam_err *e);

#endif
