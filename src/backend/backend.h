/* A backend: one vtable per folder, and an opaque instance (device + threads). */
#ifndef SIAM_BACKEND_BACKEND_H
#define SIAM_BACKEND_BACKEND_H

#include "backend/op.h"
#include "comm/comm.h"

typedef struct siam_backend_type siam_backend_type;

/* Common head of every backend's instance. */
typedef struct siam_backend {
    const siam_backend_type *type;
    int threads;
    const siam_comm *comm; /* the ranks over which batch statistics, the loss and gradients are summed */
} siam_backend;

/* Memory bandwidth in bytes per second, over blocks larger than the caches, with all threads. */
typedef struct siam_bandwidth {
    double read, write, triad; /* triad: two reads and a write */
} siam_bandwidth;

struct siam_backend_type {
    const char *name, *help; /* "ref" | "onednn" */
    /* 0 = unusable here (`why` says so), else preference: the highest wins for --device auto. */
    int (*probe)(char *why, size_t n);
    siam_code (*open)(siam_backend **out, int threads, siam_err *e);
    void (*close)(siam_backend **b);
    /* Big blocks, 64-byte aligned, contents undefined. free(NULL) is allowed. */
    siam_code (*alloc)(siam_backend *b, size_t bytes, void **out, siam_err *e);
    void (*free)(siam_backend *b, void *p);
    /* How bfloat16 feature maps would do here: 0 = not at all, 1 = slower than float32, 2 = faster. `why` says what is
     * missing for 2. NULL: not at all. */
    int (*bf16)(const siam_backend *b, char *why, size_t n);
    /* Layout in which this backend wants a value of this (logical) description. A pure function, so
     * that two neighbouring ops always agree and no reorder runs between them. */
    siam_layout (*layout)(const siam_backend *b, const siam_desc *d);
    /* Row-major C[m,n] = A' B' + beta C; A' = A[m,k] or (ta) the transpose of A[k,m]; likewise B. */
    siam_code (*matmul)(siam_backend *b, bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *A,
                        const float *B, float beta, float *C, siam_err *e);
    /* dst += src over n elements of a type that the backend's values may have. */
    siam_code (*accumulate)(siam_backend *b, siam_dtype type, void *dst, const void *src, size_t n, siam_err *e);
    /* SGD with momentum over a flat range, torch.optim.SGD without dampening or Nesterov:
     * g = scale*grad + wd*value; momentum = mu*momentum + g; value -= lr*momentum. (A zeroed momentum
     * makes the first step momentum = g, as torch.) */
    siam_code (*sgd)(siam_backend *b, float *value, const float *grad, float *momentum, size_t n, float scale,
                     float lr, float mu, float wd, siam_err *e);
    /* *out = the Euclidean norm of n floats. */
    siam_code (*norm)(siam_backend *b, const float *x, size_t n, double *out, siam_err *e);
    /* torch.nn.functional.cross_entropy of logits[n,c] and label[n] in [0, c): *loss = mean over rows of
     * log(sum exp(row)) - row[label], and dlogits[n,c] = (softmax(row) - onehot(label)) / n, which may be
     * the same memory as the logits. Both sums have an order of their own, so that they do not depend on
     * the threads. */
    siam_code (*softmax_xent)(siam_backend *b, const float *logits, const int32_t *label, int64_t n, int64_t c,
                              float *dlogits, double *loss, siam_err *e);
    /* Measure; raises what *best says, never lowers it. */
    siam_code (*bandwidth)(siam_backend *b, siam_bandwidth *best, siam_err *e);
    /* One line for people: "oneDNN 2.6.3, avx512_core_bf16, 2 threads". */
    void (*describe)(const siam_backend *b, char *buf, size_t n);
    const siam_op_impl *const *impls; /* NULL-terminated, preferred first */
};

extern const siam_backend_type *const siam_backends[]; /* NULL-terminated, from backends.def */

/* Open a backend by name; "auto" picks the usable one with the highest preference. threads 0 = all
 * cores this process may use. */
siam_code siam_backend_open(siam_backend **out, const char *name, int threads, siam_err *e);
void siam_backend_close(siam_backend **b);
/* Let it be one of several ranks, each with an equal share of every batch; before the first plan. `c` is borrowed and must
 * outlive it. A backend is alone at first. */
void siam_backend_join(siam_backend *b, const siam_comm *c);
/* siam_backend_type.bandwidth for backends whose values lie in the host's memory. */
siam_code siam_host_bandwidth(siam_backend *b, siam_bandwidth *best, siam_err *e);
/* First implementation of the backend that supports `d`; then the ref backend's (host memory). NULL
 * if neither does. */
const siam_op_impl *siam_op_select(const siam_backend *b, const siam_op_desc *d);

#endif
