/* A program in StableHLO. No memory, no device; a plug-in compiles the text (engine/pjrt).
 *
 * It has arguments and results, and a table says what each of them is, so that who runs it needs no order of its own: a result with
 * the role and index of an argument takes its place in the next run. */
#ifndef SIAM_NN_HLO_PROGRAM_H
#define SIAM_NN_HLO_PROGRAM_H

#include "nn/hlo/text.h"

typedef enum siam_hlo_role {
    SIAM_HLO_IMAGES,   /* [views * images, C, H, W], view 1 first */
    SIAM_HLO_RATE,     /* learning rate, a scalar; index: the group of parameters */
    SIAM_HLO_PARAM,    /* index: a row of the graph's table of parameters, running statistics, too */
    SIAM_HLO_MOMENTUM, /* of such a row */
    SIAM_HLO_GRAD,     /* the same: summed over the parts of a batch; zeros before the first, and again after the last */
    SIAM_HLO_SUM,      /* [2], loss and gauge, likewise */
    SIAM_HLO_TOLD,     /* [4]: loss, gauge; which running statistic is the first that is not finite, counted through all rows
                          (as many as there are: none is); its value */
    SIAM_HLO_VALUE,    /* index: a value of the graph, [N, C] or [N, C, H, W] */
    SIAM_HLO_SLOT,     /* index: a tensor of an operation (enum siam_slot) */
    /* Of programs that make views (views/views.h): */
    SIAM_HLO_PIXELS,   /* u8 [N, height, width, C] */
    SIAM_HLO_DRAWN,    /* s32 [N, words]: what is drawn of each view */
    SIAM_HLO_INDEX,    /* s32 [N]: which image of a set each view is made of */
    SIAM_HLO_CROP,     /* s32 [N, 2, size, 1 + taps]: which part of it */
    SIAM_HLO_LEVELS,   /* [C, 256]: what a network is given for a sample of each channel */
    SIAM_HLO_ZERO      /* u32, a scalar: 0 */
} siam_hlo_role;

typedef struct siam_hlo_port {
    siam_hlo_role role;
    int index;
    siam_desc desc;   /* the shape, plain; a scalar has 0 dimensions */
    siam_hlo_val val; /* in the text; its element type is that of the numbers, float32 but of programs that make views */
} siam_hlo_port;

typedef struct siam_hlo_program {
    char *text; /* text[size] is 0 */
    size_t size;
    siam_hlo_port *in, *out;
    int nin, nout;
    int replicas; /* devices that run it together; each has arguments and results of its own, of its share of the images */
    bool exact;
} siam_hlo_program;

void siam_hlo_program_destroy(siam_hlo_program **p); /* *p may be NULL */
/* The argument or result of that role; -1: there is none. */
int siam_hlo_port_find(const siam_hlo_port *port, int n, siam_hlo_role role, int index);

/* Is a result of this role the next run's argument? Its memory is handed over then. */
bool siam_hlo_role_stays(siam_hlo_role r);

#endif
