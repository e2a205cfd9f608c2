/* The other direction of names_read.h: our tensors under the names of another project, ready to be written.
 *
 *   siam_names_write *s;
 *   SIAM_TRY(siam_names_write_create(&s, "facebook", params, e));
 *   rc = siam_ckpt_torch.write(path, s->entry, s->data, s->n, NULL, 0, e);
 *   siam_names_write_destroy(&s); */
#ifndef SIAM_CHECKPOINT_NAMES_WRITE_H
#define SIAM_CHECKPOINT_NAMES_WRITE_H

#include "checkpoint/checkpoint.h"
#include "tensor/param.h"

/* As an option takes it: "torchvision|mmpretrain|facebook|lightly". */
extern const char siam_names_write_choices[];
/* Choice i of these, from 0; NULL: there are not so many. */
const char *siam_names_write_project(int i);

/* Which of a project's models the names are of. */
typedef enum siam_names_write_kind {
    SIAM_NAMES_WRITE_ENCODER, /* the backbone alone */
    SIAM_NAMES_WRITE_LINEAR,  /* with a classifier */
    SIAM_NAMES_WRITE_WHOLE    /* with projector and predictor, as after pretraining */
} siam_names_write_kind;

typedef struct siam_names_write {
    siam_names_write_kind kind;
    const char *title;      /* "mmpretrain's SimSiam" */
    siam_ckpt_entry *entry; /* [n], in the order of PyTorch's state dicts */
    const void **data;      /* [n], the tensors' own numbers, borrowed from the params */
    int n;
    int64_t parameters; /* numbers that were trained: what is written less running statistics and counters */
    int left_out;       /* tensors that have no name there */
} siam_names_write;

/* The rows of params (backbone.*, projector.*, predictor.*, fc.*) by the names of that project: of its whole
 * model when projector and predictor are there and it has one, else of its classifier when "fc" is there,
 * else of its encoder. What those names have no place for is left out. What its state dicts hold besides is
 * added: a num_batches_tracked of 0 behind every running variance, and zeros for Facebook's frozen bias in
 * front of the last BatchNorm. A project that is none of the choices is SIAM_E_USAGE. */
siam_code siam_names_write_create(siam_names_write **out, const char *project, const siam_params *params, siam_err *e);
void siam_names_write_destroy(siam_names_write **s);

#endif
