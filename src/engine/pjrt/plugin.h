/* A device behind a PJRT plug-in: a library that the user installed, loaded when it is asked for; the program links nothing of
 * it. It compiles programs in StableHLO and runs them over buffers in the device's memory. The interface is a C table of functions
 * (abi.h) that plug-ins for CPUs, GPUs and TPUs share.
 *
 * What fails is told in the plug-in's own words behind ours. A plug-in is never unloaded: those that are known leave threads. */
#ifndef SIAM_ENGINE_PJRT_PLUGIN_H
#define SIAM_ENGINE_PJRT_PLUGIN_H

#include "base/error.h"
#include "engine/engine.h"
#include "nn/hlo/text.h"
#include "tensor/tensor.h"

typedef struct siam_pjrt siam_pjrt;                 /* a client and one or more of its devices */
typedef struct siam_pjrt_program siam_pjrt_program; /* compiled for them */
typedef struct siam_pjrt_buffer siam_pjrt_buffer;   /* numbers in the memory of each of them, or still to come there */

/* SIAM_E_NOTFOUND: the library is not there, or it does not have those devices; SIAM_E_DATA: it is no plug-in; SIAM_E_UNSUPPORTED: it
 * is too old, or finds no device. */
siam_code siam_pjrt_open(siam_pjrt **out, const siam_devices *which, siam_err *e);
void siam_pjrt_close(siam_pjrt **x); /* *x may be NULL; after everything that came of it */
int siam_pjrt_devices(const siam_pjrt *x); /* how many */
/* "cpu, cpu, PJRT 0.115": platform, kind of device, the interface's version. */
void siam_pjrt_describe(siam_pjrt *x, char *buf, size_t n);
/* What its platform says its own version is, in its words: "cuda 13000". */
void siam_pjrt_version(siam_pjrt *x, char *buf, size_t n);

/* All that what it computes depends on, as far as it can be seen, in words: platform, devices and their versions; the driver and the vendor's
 * libraries that are open; the plug-in's path, size and time; this program's version. An update of any of these is another device. */
void siam_pjrt_identity(siam_pjrt *x, const char *plugin, char *buf, size_t n);

/* For all of its devices, as a program of that many replicas. */
siam_code siam_pjrt_compile(siam_pjrt_program **out, siam_pjrt *x, const char *text, size_t size, siam_err *e);
/* A compiled program as bytes, which are free(*data)'s, and from them again: by the same plug-in for the same devices, or it fails. They are code:
 * who loads them must know where they are from. */
siam_code siam_pjrt_store(char **data, size_t *n, siam_pjrt *x, const siam_pjrt_program *p, siam_err *e);
siam_code siam_pjrt_load(siam_pjrt_program **out, siam_pjrt *x, const char *data, size_t n, siam_err *e);
/* What a run of it takes on the device, as its compiler says; false: it says nothing. */
bool siam_pjrt_program_memory(siam_engine_memory *m, siam_pjrt *x, const siam_pjrt_program *p);
void siam_pjrt_program_destroy(siam_pjrt *x, siam_pjrt_program **p); /* *p may be NULL */

/* d of each device, whose numbers lie `apart` floats behind those of the one before; 0: all get the same. data may be overwritten once it
 * has returned. SIAM_E_NOMEM: a device is full. */
siam_code siam_pjrt_put(siam_pjrt_buffer **out, siam_pjrt *x, const float *data, size_t apart, const siam_desc *d, siam_err *e);
/* The same of another type, F32, U8, S32 or U32; `apart` counts numbers, too. */
siam_code siam_pjrt_put_as(siam_pjrt_buffer **out, siam_pjrt *x, siam_hlo_elem t, const void *data, size_t apart, const siam_desc *d,
                           siam_err *e);
/* All n numbers of device k's, once they are there. A run that failed fails here. */
siam_code siam_pjrt_get(siam_pjrt *x, siam_pjrt_buffer *b, int k, float *dst, size_t n, siam_err *e);
siam_code siam_pjrt_get_as(siam_pjrt *x, siam_pjrt_buffer *b, int k, siam_hlo_elem t, void *dst, size_t n, siam_err *e);
void siam_pjrt_drop(siam_pjrt *x, siam_pjrt_buffer **b); /* *b may be NULL */

/* Ask for a run on all devices. It may not even have begun on return; results are buffers of what it will give, the caller's to drop. Arguments that
 * the program hands over to results are used up, but still the caller's to drop. */
siam_code siam_pjrt_run(siam_pjrt *x, siam_pjrt_program *p, siam_pjrt_buffer *const *in, int nin, siam_pjrt_buffer **out, int nout,
                        siam_err *e);

#endif
