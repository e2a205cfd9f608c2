/* siam.h - the public interface of libsiam: self-supervised image encoders (SimSiam), in C.
 *
 *     siam_err e;
 *     siam_model *m;
 *     float features[512];
 *     if (siam_model_open(&m, "runs/a", NULL, &e) ||
 *         siam_model_extract_file(m, SIAM_LAYER_POOL, "bird.jpg", features, 512, &e))
 *         fprintf(stderr, "%s\n", e.msg);
 *     siam_model_close(&m);
 *
 * Build with `cc main.c $(pkg-config --cflags --libs simsiam)`, or in CMake with find_package(simsiam) and
 * target_link_libraries(main simsiam::siam). examples/ holds whole programs.
 *
 * Errors. Every function that can fail returns siam_code, 0 being success, and takes a caller-owned
 * siam_err last, which may be NULL. A call overwrites what the siam_err held before. On failure every
 * out-pointer is NULL and caller memory has undefined contents. A call in the wrong order, a NULL that is
 * not allowed and a value outside its range are SIAM_E_USAGE; nothing happens then.
 *
 * Handles own everything they need; there is no global state to set up or tear down. What a function takes
 * by pointer is copied or used up before it returns, unless it says "borrowed". What it returns by pointer
 * lives as long as the handle.
 *
 * Threads. Different handles may be used by different threads at the same time. One handle is used by one
 * thread at a time, with two exceptions: siam_model_prepare_*() and the siam_model functions without
 * siam_err only read, so that any number of threads may call them on one model, also while another thread
 * runs it; and siam_training_stop() and siam_task_stop() may be called from anywhere. A call computes with a number of threads
 * of its own (OpenMP); the caller's OpenMP settings and locale stay as they are. OpenMP's waiting threads
 * spin: on a machine that does other work as well, start the program with OMP_WAIT_POLICY=passive. After
 * fork() without exec a child must not use the library if the parent has used it.
 *
 * The library never exits, prints, reads the standard input or installs signal handlers. The one exception
 * is a broken invariant of its own, a bug: it says where on the standard error and calls abort(), for going
 * on could damage files.
 *
 * Structs that a caller fills start with struct_size, which must be sizeof of the struct; the rest zero
 * means "default". Later versions add members at the end, so that programs built against an older header go
 * on working. */
#ifndef SIAM_H
#define SIAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SIAM_API __attribute__((visibility("default")))
#else
#define SIAM_API
#endif

#define SIAM_VERSION "0.1.0"

/* What went wrong, in the terms a caller can act on. The program maps each to one exit code. */
typedef enum siam_code {
    SIAM_OK = 0,
    SIAM_E_USAGE,       /* bad option, value, recipe name or order of calls          exit 2 */
    SIAM_E_DATA,        /* empty, truncated, damaged or foreign file                 exit 65 */
    SIAM_E_NOTFOUND,    /* a path or checkpoint that is not there                    exit 66 */
    SIAM_E_UNSUPPORTED, /* the machine or this build cannot do it                    exit 69 */
    SIAM_E_BUG,         /* an invariant of ours was broken                           exit 70 */
    SIAM_E_NOMEM,       /* out of memory, or a plan that would be                    exit 71 */
    SIAM_E_EXISTS,      /* the output is there already                               exit 73 */
    SIAM_E_IO,          /* disk full or an I/O error                                 exit 74 */
    SIAM_E_CONFIG,      /* good values that do not fit together or the data          exit 78 */
    SIAM_E_NUMERIC,     /* NaN or infinity                                           exit 79 */
    SIAM_E_CANCELLED,   /* stopped by the caller, state saved                        exit 129, 130 or 143 */
    SIAM_E_RANK         /* another rank failed, or cannot be reached                 exit 76 */
} siam_code;

/* Owned by the caller; {0} means no error; holds no heap memory. */
typedef struct siam_err {
    siam_code code;
    char msg[2048]; /* complete sentence in UTF-8, printable as is */
    char hint[512]; /* what to try, or empty; `--batch 64` is siam_training_set(t, "batch", "64") here, or
                      siam_task_set(task, "batch", "64") */
} siam_err;

/* Called with a line that there is to say beside results, without its end, in the thread of the call that it comes of. `line` is
 * borrowed for the call; `user` is what was given with the function. */
typedef void siam_log_fn(void *user, const char *line);

/* The version of the library at run time, e.g. "0.1.0". Never NULL; do not free. */
SIAM_API const char *siam_version(void);
/* "SIAM_E_NOTFOUND"; "unknown code" for what is none. Never NULL; do not free. */
SIAM_API const char *siam_code_name(siam_code code);

/* ---- models ----------------------------------------------------------------------------------------------
 * A model turns images into numbers: a backbone, and where the file has them the projector and predictor of
 * pretraining or a linear classifier. In mmpretrain's words: siam_model_open is get_model(NAME,
 * pretrained=True), siam_model_forward is model(inputs), siam_model_extract is model.extract_feat(inputs). */
typedef struct siam_model siam_model;

/* What can be read off a model, as float32, per image: */
typedef enum siam_layer {
    SIAM_LAYER_POOL = 0, /* [C] features: the last feature map, averaged over its pixels. Always there */
    SIAM_LAYER_MAP,      /* [C, H, W] the last feature map, `layer4` of a ResNet. Always there */
    SIAM_LAYER_Z,        /* [D] output of the projector; needs SIAM_HEAD_Z */
    SIAM_LAYER_P,        /* [D] output of the predictor; needs SIAM_HEAD_P */
    SIAM_LAYER_LOGITS    /* [classes] of the linear classifier, before softmax; where the file has one */
} siam_layer;

enum { SIAM_HEAD_Z = 1, SIAM_HEAD_P = 2 };

typedef struct siam_model_options {
    size_t struct_size; /* sizeof(siam_model_options) */
    int threads;        /* 1 to 1024; 0: one per processor that this process may use */
    int batch;          /* images computed at once, 1 to 4096; more is faster and takes more memory; 0: 16 */
    int size;           /* side of the input in pixels, 8 to 4096; 0: as the model says */
    int width;          /* 1 to 1024: 64ths of the published number of channels; 0: as the model says */
    int classes;        /* outputs of the classifier; 0: as the model says */
    unsigned heads;     /* SIAM_HEAD_Z | SIAM_HEAD_P: load these, too; SIAM_E_DATA where they are missing */
    int allow_missing;  /* 1: tensors that the file lacks stay random; 0: they are SIAM_E_DATA */
    int exif;           /* 1: _prepare_file and _prepare_memory turn images as their EXIF orientation says */
    uint64_t seed;      /* of "random:ARCH" */
    const char *device; /* "auto", "cpu", "onednn" or "ref"; NULL: "auto". Or a device behind a plug-in, as --device has it ("cuda:1"): the
                           user's cache then keeps whether it computes rightly, and programs that were compiled for it */
    const char *arch;   /* "resnet50" ...; NULL: as the file says, or shows by its tensors */
    const char *rename; /* rules "s/FROM/TO/ s/FROM/TO/" for the file's tensor names; NULL: none */
    const float *mean;  /* [3] of the input, where white is 1; NULL: as the model says, else ImageNet's */
    const float *std;   /* [3], above 0; NULL: the same */
    const char *part;   /* which of several networks in the file: "teacher", "encoder_q"; NULL: the usual one */
} siam_model_options;

/* Open a model: a file (.safetensors, .pth, .pt, .th, from this program or from others), a run folder, a
 * name of `simsiam list` that has been fetched, or "random:ARCH" for an untrained one. Files are data:
 * nothing in them is run. options may be NULL. Not there: SIAM_E_NOTFOUND. Damaged, or not a model that can
 * be recognised: SIAM_E_DATA. */
SIAM_API siam_code siam_model_open(siam_model **model, const char *name, const siam_model_options *options,
                                   siam_err *e);
/* Free the model and set *model to NULL; NULL and a pointer to NULL are fine. */
SIAM_API void siam_model_close(siam_model **model);

/* What a model is. These cannot fail; of a NULL model they return "", 0 or NULL. */
SIAM_API const char *siam_model_arch(const siam_model *model); /* "resnet50" */
SIAM_API const char *siam_model_note(const siam_model *model); /* how a foreign file was read, or "" */
/* Floats of one image: of its input tensor [C, H, W], and of a layer, 0 when the model does not have that.
 * shape (may be NULL) receives channels, height and width; a vector of n numbers is {n, 1, 1}. */
SIAM_API size_t siam_model_input(const siam_model *model, int shape[3]);
SIAM_API size_t siam_model_shape(const siam_model *model, siam_layer layer, int shape[3]);
/* What siam_model_prepare_* subtracts and divides by, in units where white is 1. */
SIAM_API void siam_model_norm(const siam_model *model, float mean[3], float std[3]);
SIAM_API int siam_model_classes(const siam_model *model); /* outputs of the classifier, 0 without one */
/* Name of class i, from 0; NULL when it has none. */
SIAM_API const char *siam_model_class_name(const siam_model *model, int i);
/* What siam_model_forward computes: SIAM_LAYER_LOGITS of a model with a classifier, else SIAM_LAYER_MAP. */
SIAM_API siam_layer siam_model_output(const siam_model *model);

/* Run the model over n images, n >= 0. `images`: float32 [n, C, H, W] as siam_model_input says, already
 * normalised. `out` has room for out_count floats and receives [n, ...] in the shape of the layer, rows of
 * images one after the other; too little room is SIAM_E_USAGE, a layer that the model does not have
 * SIAM_E_CONFIG. An image's result does not depend on the others; between batch sizes the last bits may
 * differ. NaN in gives NaN out. The first call allocates what running takes, SIAM_E_NOMEM before any of it
 * is when that is more than there is. */
SIAM_API siam_code siam_model_forward(siam_model *model, const float *images, size_t n, float *out,
                                      size_t out_count, siam_err *e);
SIAM_API siam_code siam_model_extract(siam_model *model, siam_layer layer, const float *images, size_t n,
                                      float *out, size_t out_count, siam_err *e);

/* Watch what a device behind a plug-in has to say beside its results: that it was compared with the reference; that what
 * was compiled for it cannot be kept, and the next start takes as long; that a program from the user's cache failed and was compiled
 * again. NULL: not. Lines come at the end of a siam_model_forward or _extract*; what there was to say before
 * `fn` was given comes with the next. Each of the two programs of a model (for one image and for many) may say the same. fn must not close the model. */
SIAM_API siam_code siam_model_on_log(siam_model *model, siam_log_fn *fn, void *user, siam_err *e);

/* Make the input tensor of one image, siam_model_input() floats, with the model's test transform: short
 * side to size * 256 / 224, centre crop, x / 255, (x - mean) / std; bit for bit as torchvision on Pillow
 * images. A model of size up to 64 sees an image whose short side is no larger than that whole: short side
 * to size, without a margin. tensor_count: floats that `tensor` has room for. A model of other channels or of 16 bits takes
 * files with as many channels; pixels, which are colours of 8 bits, only if it has 3 channels or 1 (else SIAM_E_CONFIG).
 *   _pixels: 8-bit RGB, height rows of width pixels, `stride` bytes from row to row (0: 3 * width);
 *            sides up to 65535
 *   _memory: the bytes of an image file: JPEG, PNG, TIFF, WebP, BMP, GIF or PNM
 *   _file:   an image file, recognised by content
 * What is not a whole image is SIAM_E_DATA. */
SIAM_API siam_code siam_model_prepare_pixels(const siam_model *model, const uint8_t *rgb, int width,
                                             int height, size_t stride, float *tensor, size_t tensor_count,
                                             siam_err *e);
SIAM_API siam_code siam_model_prepare_memory(const siam_model *model, const void *bytes, size_t n,
                                             float *tensor, size_t tensor_count, siam_err *e);
SIAM_API siam_code siam_model_prepare_file(const siam_model *model, const char *path, float *tensor,
                                           size_t tensor_count, siam_err *e);
/* Both steps for one image. Many images are faster prepared one by one and extracted together. */
SIAM_API siam_code siam_model_extract_pixels(siam_model *model, siam_layer layer, const uint8_t *rgb,
                                             int width, int height, size_t stride, float *out,
                                             size_t out_count, siam_err *e);
SIAM_API siam_code siam_model_extract_file(siam_model *model, siam_layer layer, const char *path, float *out,
                                           size_t out_count, siam_err *e);

/* ---- training --------------------------------------------------------------------------------------------
 * Pretraining, as `simsiam train`: create, set what differs from the recipe, run once, read the result,
 * destroy. The result is a run folder, which siam_model_open opens. */
typedef struct siam_training siam_training;

/* Where a run stands. What was not measured is NAN. Made by the library: later versions add members at the
 * end. */
typedef struct siam_training_report {
    int is_epoch;          /* 0: after a step; 1: at the end of an epoch, with means over it */
    int64_t epoch, epochs; /* under way or, at its end, done, from 1; of the whole run */
    int64_t step, steps;   /* updates done; of the whole run */
    double loss;           /* -1 (perfect agreement of the views) to 1 */
    double z_std_ratio;    /* collapse gauge: 1 is healthy, 0 collapsed */
    double z_rank;         /* effective rank of z; epochs */
    double knn_top1;       /* 0 to 1; epochs that measure it (labels, eval.every) */
    double lr;             /* learning rate of the step */
    double images_per_s;
    double data_wait;      /* share of the time spent waiting for data, 0 to 1; steps */
    double seconds;        /* of training, pauses left out */
} siam_training_report;

/* Called after every step and every epoch, in the thread of siam_training_run. `report` is borrowed for the
 * call. Return 0 to go on; anything else stops the run as siam_training_stop does. */
typedef int siam_training_report_fn(void *user, const siam_training_report *report);

/* recipe: a name of `simsiam list`, a path of a .yaml file, or NULL for the built-in defaults. Unknown:
 * SIAM_E_USAGE or SIAM_E_NOTFOUND; one of another task than pretraining: SIAM_E_CONFIG. */
SIAM_API siam_code siam_training_create(siam_training **training, const char *recipe, siam_err *e);
/* Free it and set *training to NULL; does nothing while it runs (from a callback, that is). */
SIAM_API void siam_training_destroy(siam_training **training);

/* Set an option of `simsiam help train --all` from text, e.g. "train.epochs", "100", or "epochs", "100".
 * "data" names the data set ("A + B": several as one), "out" the run folder (else runs/train-NNNN). "resume", "true" continues the
 * run in "out". "tuning", "fixed" times no kernels, so that no timings are kept in the user's cache folder.
 * Unknown names, bad values and calls after the run began: SIAM_E_USAGE. */
SIAM_API siam_code siam_training_set(siam_training *training, const char *key, const char *value,
                                     siam_err *e);
/* Watch the run, and every line that goes to its train.log; NULL: not. Calls after the run began: SIAM_E_USAGE. `user` is handed
 * through. */
SIAM_API siam_code siam_training_on_report(siam_training *training, siam_training_report_fn *fn, void *user,
                                           siam_err *e);
SIAM_API siam_code siam_training_on_log(siam_training *training, siam_log_fn *fn, void *user, siam_err *e);

/* Train, to the end or until it is stopped (SIAM_E_CANCELLED; the state is saved, and another training with
 * "resume" goes on bit for bit). Once per handle: a second call is SIAM_E_USAGE. */
SIAM_API siam_code siam_training_run(siam_training *training, siam_err *e);
/* Ask the run to stop after the step under way, from any thread, a callback or a signal handler; before the
 * run, it stops it at its start. The handle must not be destroyed meanwhile. */
SIAM_API void siam_training_stop(siam_training *training);

/* The run folder, after the run ended, well or not; NULL before, and when there was none. */
SIAM_API const char *siam_training_folder(const siam_training *training);
/* The last epoch that was completed; NULL when there was none. */
SIAM_API const siam_training_report *siam_training_result(const siam_training *training);

/* ---- tasks -----------------------------------------------------------------------------------------------
 * What the verbs of the program do, with the same options, defaults and results: create, give arguments and
 * options as on the command line, run once, destroy. `simsiam help knn --all` lists what knn takes.
 *
 *     siam_task *task;
 *     if (siam_task_create(&task, "knn", &e) || siam_task_argument(task, "runs/a", &e) ||
 *         siam_task_set(task, "data", "cifar-10-binary.tar.gz", &e) || siam_task_run(task, on_row, NULL, &e))
 *         fprintf(stderr, "%s\n", e.msg);
 *     siam_task_destroy(&task);
 *
 * Results come as rows, each a JSON object. Arguments, options that must be given, and rows:
 *   knn      MODEL; data. One for each k and temperature: k, temperature, top1 (0 to 1)
 *   test     MODEL; data. One, as `simsiam test --json` prints it: top1, classes, confusion, mistakes ...
 *   predict  MODEL IMAGE...; an image: file, pred_label, pred_score, pred_class, pred_scores
 *   extract  MODEL; data, out. One when the file is written: out, images, shape (a list), layer
 *   linear   MODEL; data. A step or an epoch: event ("step" or "epoch"), epoch, epochs, step, steps, and what was
 *            measured of loss, lr, top1, top5 ...; at the end, for the best classifier: out (the run folder),
 *            epoch, lr, top1, top5, seconds
 *   train    RECIPE; data. Events as linear's, with z_std_ratio, z_rank, knn_top1; at the end: out, epochs,
 *            loss, z_std_ratio, z_rank, knn_top1, collapsed, seconds
 *   export   MODEL; out. One: out, tensors, parameters, names, arch, parts, left_out
 *   info     MODEL or RECIPE; one: name, kind, parameters, flops, layers, metadata
 *   list     [PATTERN]; what can be named: kind, name, and what is known of it
 *   fetch    NAME; one: name, path, bytes, sha256. The only one that uses the network
 *   demo, doctor, bench: as `doctor --json` and `bench --json` print it; demo has none, only lines
 * Numbers are missing where nothing was measured. Later versions may add members and rows of other kinds. */
typedef struct siam_task siam_task;

/* Called with every row, in the thread of siam_task_run; `row` is borrowed for the call. Return 0 to go on;
 * anything else stops the task as siam_task_stop does. */
typedef int siam_task_row_fn(void *user, const char *row);

/* name: a verb of the program. Unknown: SIAM_E_USAGE. */
SIAM_API siam_code siam_task_create(siam_task **task, const char *name, siam_err *e);
/* Free it and set *task to NULL; does nothing while it runs (from a callback, that is). */
SIAM_API void siam_task_destroy(siam_task **task);
/* Give the next argument, as a word of the command line that is no option. */
SIAM_API siam_code siam_task_argument(siam_task *task, const char *argument, siam_err *e);
/* Set an option from text, e.g. "k", "20,200", or "leave_one_out", "true"; what is set twice counts last.
 * "tuning", "fixed" of train and linear times no kernels; knn and extract keep their timings in the user's cache
 * folder. Unknown names, bad values and calls after the run began: SIAM_E_USAGE. */
SIAM_API siam_code siam_task_set(siam_task *task, const char *option, const char *value, siam_err *e);
/* Watch what the program would say beside its results (remarks on the data, progress of a training), line by
 * line; NULL: not. `user` is handed through. */
SIAM_API siam_code siam_task_on_log(siam_task *task, siam_log_fn *fn, void *user, siam_err *e);
/* Run it, to the end or until it is stopped (SIAM_E_CANCELLED: a file under way is not left behind, a training
 * is saved). row may be NULL. Too few or too many arguments, or an option that is missing: SIAM_E_USAGE. Once
 * per handle: a second call is SIAM_E_USAGE. What the program says by exit status 1, a test below its min_top1 or
 * a machine that is not healthy, is SIAM_OK here: the row's "passed" or "healthy" tells. */
SIAM_API siam_code siam_task_run(siam_task *task, siam_task_row_fn *row, void *user, siam_err *e);
/* Ask it to stop, from any thread, a callback or a signal handler; before the run, it stops it at its start.
 * info, list, export, doctor and bench do not look. The handle must not be destroyed meanwhile. */
SIAM_API void siam_task_stop(siam_task *task);

#ifdef __cplusplus
}
#endif
#endif
