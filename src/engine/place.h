/* Where a network runs, by the word of --device: the host's backends ("auto", "onednn"), or a device behind a plug-in, with the
 * host beside it for what is not the network's. */
#ifndef SIAM_ENGINE_PLACE_H
#define SIAM_ENGINE_PLACE_H

#include "base/file.h"
#include "engine/engine.h"

/* A kind of device that plug-ins bring. */
typedef struct siam_place_kind {
    const char *name, *help; /* "xla-cpu" */
    const char *state;       /* what is known of it: "unproven" */
    bool own_memory;         /* it computes in a memory that is not the host's */
    const char *package;     /* that pip installs, as a word of a shell */
    const char *const *file; /* of known packages, below site-packages, NULL-terminated */
} siam_place_kind;
extern const siam_place_kind siam_place_kinds[]; /* up to one without a name */

#define SIAM_DEVICES_HELP "devices behind a plug-in that share each batch, from that of --device on"

typedef struct siam_place {
    const char *host;               /* what siam_backend_open is to open */
    const char *device;             /* the kind of device: "xla-cpu"; NULL: the host */
    const siam_place_kind *kind;    /* with that name */
    const siam_engine_type *engine; /* NULL: the host's */
    char plugin[SIAM_PATH_MAX];     /* path of the library, "" for the host's */
    int number;                     /* of the device among the plug-in's, from 0 */
    int devices;                    /* from that number on, which share each batch */
} siam_place;

/* device: a backend's name, "auto" or "cpu"; or a kind of device, KIND[:NUMBER][:PATH]: the plug-in's device of that number, without
 * one its first; and the plug-in's path. A word that is digits and nothing else is a number. Without a path the plug-in
 * is the first of: SIAM_PJRT_PLUGIN; the known packages in the active virtual environment, in the user's site-packages, in the
 * system's. SIAM_E_NOTFOUND: there is none; SIAM_E_USAGE: no such device is known. The place borrows `device`. */
siam_code siam_place_find(siam_place *p, const char *device, siam_err *e);
/* Take `count` of its devices, up to SIAM_DEVICES_MAX, 0 = 1; siam_place_find takes one. SIAM_E_USAGE: more than one where it is the host. */
siam_code siam_place_take(siam_place *p, int count, siam_err *e);
/* What siam_engine_cfg has of it; it borrows the place. */
siam_devices siam_place_devices(const siam_place *p);
/* The word that siam_place_find takes for exactly this: "cuda:1:/path/of/plugin.so". */
void siam_place_word(const siam_place *p, char *buf, size_t n);

/* As siam_precision_map_type; a device behind a plug-in takes either type. */
siam_code siam_place_map_type(siam_dtype *map_type, const siam_place *p, const siam_backend *host, int32_t precision, bool force,
                              siam_err *e);

#endif
