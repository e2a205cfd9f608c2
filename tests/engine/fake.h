/* A plug-in that computes nothing (fake_pjrt.c): what a test tells it, and what it tells a test. It is found by dlsym of "fake" in
 * the library that siam_pjrt_open loaded. */
#ifndef SIAM_TESTS_ENGINE_FAKE_H
#define SIAM_TESTS_ENGINE_FAKE_H

#include "engine/pjrt/abi.h"

typedef struct fake_script {
    int fail_place, fail_at, code; /* the fail_at-th call (from 1; 0: none) of the function at that place fails with this code */
    int fail_more; /* calls behind that one which fail, too */
    int calls[ABI_FUNCTIONS];
    int errors, clients, programs, buffers, events; /* that are there */
    int used_up;    /* buffers that were given to a run again after they were handed over */
    int short_ones; /* structs that said a size below the least */
    const char *version; /* of the platform */
    int major, minor, no_devices, short_table;
    int bad_id;     /* a device's number is below 0 */
    int devices;    /* 0: one; their ids are 7, 8 ... */
    int first_id;   /* of the devices that the last program was compiled for */
    int strange;    /* numbers of a type that it does not know */
    int sets;       /* images of 8 bits that were brought, all at once */
    int elsewhere;  /* numbers that were brought to another device than programs are compiled for */
    int options, refuse_options; /* that it was created with; it knows none */
    const char *platform;   /* NULL: "fake" */
    long long temporaries;  /* of each program; 0: memory is not told */
    int executables;        /* that are there */
    unsigned late;          /* else 0: what is read comes some time after it was asked for, by a thread of the plug-in's; this seeds how long */
    int came_late;
    int nan_at;             /* the loss of this run, from 1, is NaN */
    int heard, most_behind; /* losses that were read; the most runs that were ahead of them */
    int stores;  /* programs can be kept as bytes, else that is not implemented */
    int lacks;   /* it does not have those functions at all; asked for when it is loaded */
    int stored;  /* such bytes that are not released yet */
    int no_code; /* the code of an error cannot be had: that is an error, too */
} fake_script;

#endif
