/* Putting a program together (program.c): arguments, body, results. For what writes one. */
#ifndef SIAM_NN_HLO_BUILDER_H
#define SIAM_NN_HLO_BUILDER_H

#include "nn/hlo/program.h"

typedef struct siam_hlo_builder {
    siam_hlo w;
    siam_hlo_program *p;
    int ports; /* room for arguments, and for results */
} siam_hlo_builder;

siam_code siam_hlo_builder_open(siam_hlo_builder *b, int ports, bool exact, siam_err *e);
/* An argument, float32 of that shape. */
siam_hlo_val siam_hlo_builder_in(siam_hlo_builder *b, siam_hlo_role role, int index, const siam_desc *d);
/* The same, of another type. */
siam_hlo_val siam_hlo_builder_in_as(siam_hlo_builder *b, siam_hlo_role role, int index, const siam_desc *d, siam_hlo_elem t);
/* A result; it becomes float32. */
void siam_hlo_builder_out(siam_hlo_builder *b, siam_hlo_role role, int index, siam_hlo_val v);
/* A result of the type that it has. */
void siam_hlo_builder_out_as_is(siam_hlo_builder *b, siam_hlo_role role, int index, siam_hlo_val v);
/* The program, or NULL after a failure; the builder is done with either way. */
siam_code siam_hlo_builder_close(siam_hlo_builder *b, siam_hlo_program **out, siam_err *e);

/* Between the order of the host, NCHW, and that of a program, NHWC; what is no map stays as it is. */
siam_hlo_val siam_hlo_from_host(siam_hlo *w, siam_hlo_val x);
siam_hlo_val siam_hlo_to_host(siam_hlo *w, siam_hlo_val x);

#endif
