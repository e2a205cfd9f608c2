/* The parameter table: every named tensor of a model and where it lies.
 *
 * Trainable tensors lie in three flat float32 vectors (value, grad, momentum) with the same offsets,
 * so the optimizer and an all-reduce are one sweep; running statistics (buffers) lie in a fourth. */
#ifndef SIAM_TENSOR_PARAM_H
#define SIAM_TENSOR_PARAM_H

#include "base/error.h"
#include "tensor/tensor.h"

enum { SIAM_NAME_MAX = 96 };

typedef enum siam_param_group { SIAM_GROUP_ENCODER, SIAM_GROUP_PREDICTOR, SIAM_GROUP_COUNT } siam_param_group;

/* How siam_params_init fills a tensor (SPEC: kaiming_normal fan_out for convolutions; torch's
 * Linear default U(-1/sqrt(in), 1/sqrt(in)) for linear weights and biases; N(0, 0.01^2) for a probe's
 * weights). */
typedef enum siam_init {
    SIAM_INIT_ZERO,
    SIAM_INIT_ONE,
    SIAM_INIT_KAIMING_OUT,
    SIAM_INIT_TORCH_LINEAR,
    SIAM_INIT_NORMAL
} siam_init;

typedef struct siam_param {
    char name[SIAM_NAME_MAX]; /* torch name, e.g. "backbone.layer1.0.conv1.weight" */
    siam_desc desc;           /* OIHW for convolutions, [out, in] for linear, [C] for vectors */
    bool buffer;              /* running_mean / running_var: lies in `buffer`, never optimised */
    siam_param_group group;   /* picks the learning-rate rule (constant predictor lr) */
    siam_init init;
    int64_t fan;     /* KAIMING_OUT: out_channels * k * k; TORCH_LINEAR: in_features */
    size_t offset;   /* element offset in value/grad/momentum, or in buffer */
} siam_param;

typedef struct siam_params {
    int n;
    siam_param *row;
    size_t count, buffer_count; /* floats, padding included (every tensor starts 64-byte aligned) */
    float *value, *grad, *momentum, *buffer;
    bool used_up; /* a plan has folded batch norms into these numbers (siam_plan_bind_last) */
} siam_params;

/* Copy `n` rows, assign offsets and allocate the vectors (zeroed). `training` = false leaves grad
 * and momentum NULL. On failure *out is NULL. */
siam_code siam_params_create(siam_params **out, const siam_param *row, int n, bool training, siam_err *e);
/* Bytes of the rows' numbers, without padding: training holds a gradient and a momentum beside each value. */
size_t siam_params_bytes(const siam_param *row, int n, bool training);
void siam_params_destroy(siam_params **p);
/* Fill by each row's `init`; every tensor's numbers depend only on (seed, its name). */
void siam_params_init(siam_params *p, uint64_t seed);
/* Index of a name, or -1. */
int siam_params_find(const siam_params *p, const char *name);
/* Where row i's numbers are (in value or buffer). */
float *siam_params_data(const siam_params *p, int i);
/* Make the numbers of a copied table, all but the gradients, which it has no more, copies of those it was copied from. Returns the
 * block that they are in, to be freed; NULL: no memory, and nothing is changed. */
float *siam_params_copy(siam_params *p);
/* Number of trainable scalars (what papers call parameters). */
int64_t siam_params_trainable(const siam_params *p);

#endif
