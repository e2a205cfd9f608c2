/* The other direction of keymap.h: our tensors under the names of another project, ready to be written.
 *
 *   siam_keyset *s;
 *   SIAM_TRY(siam_keyset_create(&s, "facebook", params, e));
 *   rc = siam_ckpt_torch.write(path, s->entry, s->data, s->n, NULL, 0, e);
 *   siam_keyset_destroy(&s); */
#ifndef SIAM_CHECKPOINT_KEYSET_H
#define SIAM_CHECKPOINT_KEYSET_H

#include "checkpoint/checkpoint.h"
#include "tensor/param.h"

/* As an option takes it: "torchvision|mmpretrain|facebook|lightly". */
extern const char siam_keyset_choices[];
/* Choice i of these, from 0; NULL: there are not so many. */
const char *siam_keyset_project(int i);

/* Which of a project's models the names are of. */
typedef enum siam_keyset_kind {
    SIAM_KEYSET_ENCODER, /* the backbone alone */
    SIAM_KEYSET_LINEAR,  /* with a classifier */
    SIAM_KEYSET_WHOLE    /* with projector and predictor, as after pretraining */
} siam_keyset_kind;

typedef struct siam_keyset {
    siam_keyset_kind kind;
    const char *title;      /* "mmpretrain's SimSiam" */
    siam_ckpt_entry *entry; /* [n], in the order of PyTorch's state dicts */
    const void **data;      /* [n], the tensors' own numbers, borrowed from the params */
    int n;
    int64_t parameters; /* numbers that were trained: what is written less running statistics and counters */
    int left_out;       /* tensors that have no name there */
} siam_keyset;

/* The rows of params (backbone.*, projector.*, predictor.*, fc.*) by the names of that project: of its whole
 * model when projector and predictor are there and it has one, else of its classifier when "fc" is there,
 * else of its encoder. What those names have no place for is left out. What its state dicts hold besides is
 * added: a num_batches_tracked of 0 behind every running variance, and zeros for Facebook's frozen bias in
 * front of the last BatchNorm. A project that is none of the choices is SIAM_E_USAGE. */
siam_code siam_keyset_create(siam_keyset **out, const char *project, const siam_params *params, siam_err *e);
void siam_keyset_destroy(siam_keyset **s);

#endif
