/* Checkpoints: named tensors and string metadata. Moves tensors, knows no models. One file + one row per
 * format. Readers assume the file is hostile. */
#ifndef SIAM_CHECKPOINT_CHECKPOINT_H
#define SIAM_CHECKPOINT_CHECKPOINT_H

#include "base/file.h"
#include "tensor/tensor.h"

typedef struct siam_ckpt siam_ckpt;

typedef struct siam_ckpt_entry {
    char *name; /* UTF-8, borrowed from the checkpoint when reading */
    /* A scalar has ndim 0 and one element. dtype SIAM_DTYPE_COUNT marks a tensor that can be listed but not
     * read: of a type outside siam_dtype, or (then with ndim 0) of more than 4 dimensions. */
    siam_desc desc;
} siam_ckpt_entry;

typedef struct siam_ckpt_meta {
    const char *key, *value;
} siam_ckpt_meta;

typedef struct siam_ckpt_format {
    const char *name, *help;
    const char *ext;                              /* endings of file names, the usual one first: "pth pt" */
    bool (*probe)(const uint8_t *head, size_t n); /* first bytes of the file */
    /* Validates every count, length and offset before returning. */
    siam_code (*open)(siam_ckpt **out, const char *path, siam_err *e);
    int (*count)(const siam_ckpt *c);
    const siam_ckpt_entry *(*entry)(const siam_ckpt *c, int i);
    /* Copy tensor i as float32: f16 and bf16 are widened, i64 is converted where that is exact, f64 (which
     * is listed as f32) is rounded; other types, and an n that is not its number of elements, are
     * SIAM_E_DATA, and so is a file that became shorter meanwhile. */
    siam_code (*read_f32)(const siam_ckpt *c, int i, float *dst, size_t n, siam_err *e);
    /* What is in the way of reading tensor i, to follow "is": "a sparse tensor (torch._utils._rebuild_sparse_tensor)",
     * "a tensor of type int8". Returns buf; NULL = nothing. */
    const char *(*obstacle)(const siam_ckpt *c, int i, char *buf, size_t n);
    /* The key that the names without one are from, where other networks lie beside it ("state_dict", beside
     * "state_dict_ema.conv1.weight"); NULL = there are none. */
    const char *(*within)(const siam_ckpt *c);
    /* NULL = absent. Of a torch file: texts and numbers outside the tensors by their dotted path ("epoch",
     * "meta.mmengine_version"), and lists of texts, such as class names, one a line. */
    const char *(*meta)(const siam_ckpt *c, const char *key);
    /* data[i]: float32 (or the entry's dtype) of entries[i]. Written atomically, with what verify needs:
     * safetensors adds to the metadata "payload_xxh3", the hash of the data section, and "header_xxh3", the
     * hash of the header; a torch file has the checksums of its zip archive. Metadata makes {"state_dict":
     * ...} of a torch file, with the keys beside it ("epoch", "meta.epoch"), unless all of it is "siam.*". A
     * NaN or infinity is SIAM_E_NUMERIC and writes nothing. NULL = read-only format. */
    siam_code (*write)(const char *path, const siam_ckpt_entry *entries, const void *const *data, int n,
                       const siam_ckpt_meta *meta, int nmeta, siam_err *e);
    /* Whether what read_f32 gave is what was written: SIAM_E_DATA when a hash of the file's metadata, or a checksum of
     * its container, differs. Called after reading it looks at the rest only, so that the file is read once, and the
     * bytes that were looked at are those that were read; called first it reads all, and what is read later is compared
     * with that. A file without hashes must not have been written to since it was opened. */
    siam_code (*verify)(const siam_ckpt *c, siam_err *e);
    void (*close)(siam_ckpt **c);
} siam_ckpt_format;

extern const siam_ckpt_format siam_ckpt_safetensors;      /* what we write ourselves */
/* Its `write` into a file that is being written already, which is committed, or aborted where this fails. */
siam_code siam_safetensors_write(siam_atomic *out, const siam_ckpt_entry *entries, const void *const *data, int n,
                                 const siam_ckpt_meta *m, int nmeta, siam_err *e);
extern const siam_ckpt_format siam_ckpt_torch;            /* and for others */
extern const siam_ckpt_format *const siam_ckpt_formats[]; /* NULL-terminated, from formats.def */

/* Common head of every format's siam_ckpt. */
struct siam_ckpt {
    const siam_ckpt_format *format;
};

/* Open by content. Missing: SIAM_E_NOTFOUND; not a checkpoint, damaged: SIAM_E_DATA. */
siam_code siam_ckpt_open(siam_ckpt **out, const char *path, siam_err *e);
void siam_ckpt_close(siam_ckpt **c);
/* The format in which a file of that name is written, by its ending; NULL = none. */
const siam_ckpt_format *siam_ckpt_for_path(const char *path);
int siam_ckpt_find(const siam_ckpt *c, const char *name); /* -1 = absent */

#endif
