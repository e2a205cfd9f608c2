/* What an archive is, by the names of its members. */
#include "checkpoint/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "checkpoint/torch_zip.h"

enum {
    TAR_BLOCK = 512,
    TAR_MAGIC_AT = 257,
    TAR_NAME = 100,
    TAR_SIZE_AT = 124,
    TAR_SIZE = 12,
    TAR_KIND_AT = 156,
    MEMBERS_LOOKED_AT = 4096,
    SHOWN = 96, /* characters of a member's name */
    WORD = 512
};

typedef struct contents {
    int members;
    char first[SHOWN + 1], model[SHOWN + 1]; /* names: of the first file, and of the first that may be a model */
    bool arrays, pickle, script, exported, keras; /* *.npy; data.pkl; TorchScript, torch.export, Keras */
    int old_parts;                                /* of PyTorch's tar format */
} contents;

static bool ends_with(const char *name, size_t n, const char *ending)
{
    const size_t k = strlen(ending);
    return n >= k && !memcmp(name + n - k, ending, k);
}

static bool is_one_of(const char *name, size_t n, const char *const *word)
{
    for (; *word; word++)
        if (strlen(*word) == n && !memcmp(name, *word, n))
            return true;
    return false;
}

/* Take down one member. */
static bool see(void *user, const char *name, size_t n)
{
    static const char *const models[] = {".pth", ".pt", ".th", ".safetensors", ".ckpt", ".bin", ".pth.tar", NULL};
    static const char *const old[] = {"sys_info", "pickle", "tensors", "storages", NULL};
    contents *c = user;
    if (!n || name[n - 1] == '/')
        return true;
    if (!c->members++)
        snprintf(c->first, sizeof c->first, "%.*s", (int)(n < SHOWN ? n : SHOWN), name);
    for (int i = 0; models[i] && !c->model[0]; i++)
        if (ends_with(name, n, models[i]))
            snprintf(c->model, sizeof c->model, "%.*s", (int)(n < SHOWN ? n : SHOWN), name);
    c->arrays |= ends_with(name, n, ".npy");
    c->pickle |= ends_with(name, n, "/data.pkl");
    c->script |= ends_with(name, n, "/constants.pkl");
    c->exported |= ends_with(name, n, "archive_format") || ends_with(name, n, "/serialized_exported_program.json");
    c->keras |= ends_with(name, n, ".weights.h5") || ends_with(name, n, "saved_model.pb");
    c->old_parts += is_one_of(name, n, old);
    return c->members < MEMBERS_LOOKED_AT;
}

/* A model, or something else, lies in an archive that `tool` unpacks. */
static siam_code holds(const contents *c, const char *kind, const char *tool, const char *path, siam_err *e)
{
    char word[WORD];
    if (c->members)
        siam_fail(e, SIAM_E_DATA, "'%s' is a %s archive that holds '%s'%s, and no checkpoint itself", path, kind,
                  c->model[0] ? c->model : c->first, c->members > 1 ? " among others" : "");
    else
        siam_fail(e, SIAM_E_DATA, "'%s' is a %s archive without any file", path, kind);
    if (c->model[0])
        siam_hint(e, "unpack it, and name the model in it: %s %s", tool, siam_format_word(word, sizeof word, path));
    else
        siam_hint(e, "another file: no member of the archive has the name of a model");
    return SIAM_E_DATA;
}

bool siam_is_tar(const uint8_t *head, size_t n)
{
    return n >= TAR_MAGIC_AT + 5 && !memcmp(head + TAR_MAGIC_AT, "ustar", 5);
}

/* Headers of 512 bytes, each followed by the file in such blocks. */
static void tar_names(contents *c, const siam_infile *in)
{
    char header[TAR_BLOCK], size_text[TAR_SIZE + 1] = "";
    for (size_t at = 0, left = MEMBERS_LOOKED_AT; left-- && at < in->n && in->n - at >= TAR_BLOCK;) {
        if (siam_infile_read(in, at, header, TAR_BLOCK, NULL) || !header[0])
            return;
        memcpy(size_text, header + TAR_SIZE_AT, TAR_SIZE);
        const unsigned long long size = strtoull(size_text, NULL, 8);
        const bool file = header[TAR_KIND_AT] == '0' || header[TAR_KIND_AT] == '\0';
        if (file && !see(c, header, strnlen(header, TAR_NAME)))
            return;
        at += TAR_BLOCK;
        if (size > in->n - at)
            return;
        at += ((size_t)size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    }
}

siam_code siam_tar_refuse(const siam_infile *in, siam_err *e)
{
    enum { ENOUGH = 3 }; /* of four parts */
    const char *path = in->path;
    contents c = {0};
    char text[WORD];
    tar_names(&c, in);
    if (c.old_parts < ENOUGH)
        return holds(&c, "tar", "tar xf", path, e);
    siam_fail(e, SIAM_E_UNSUPPORTED,
              "'%s' is a tar archive, as PyTorch wrote checkpoints before version 0.1.10; that format is "
              "not read",
              path);
    siam_hint(e, "in Python: torch.save(torch.load(%s, weights_only=False), 'new.pth')", siam_format_python(text, sizeof text, path));
    return SIAM_E_UNSUPPORTED;
}

siam_code siam_zip_refuse(const siam_infile *in, siam_err *e)
{
    const char *path = in->path;
    contents c = {0};
    char text[WORD];
    siam_zip_names(in, see, &c);
    if (c.script) {
        siam_fail(e, SIAM_E_DATA,
                  "'%s' is a TorchScript archive (torch.jit.save): a program with its weights, which is not run", path);
        siam_hint(e, "in Python: torch.save(torch.jit.load(%s).state_dict(), 'new.pth')", siam_format_python(text, sizeof text, path));
        return SIAM_E_DATA;
    }
    if (c.exported) {
        siam_fail(e, SIAM_E_DATA, "'%s' is an exported program (torch.export.save) with its weights, which is not run",
                  path);
        siam_hint(e, "in Python: torch.save(dict(torch.export.load(%s).state_dict), 'new.pth')", siam_format_python(text, sizeof text, path));
        return SIAM_E_DATA;
    }
    if (c.pickle || !c.members) /* torch.save's; damaged or empty: its reader has the words */
        return SIAM_OK;
    if (c.arrays) {
        siam_fail(e, SIAM_E_DATA, "'%s' is a zip archive of NumPy arrays (.npz), the first of them '%s'", path, c.first);
        siam_hint(e, "in Python: torch.save({k: torch.from_numpy(v) for k, v in numpy.load(%s).items()}, 'new.pth')",
                  siam_format_python(text, sizeof text, path));
        return SIAM_E_DATA;
    }
    if (c.keras)
        return siam_fail(e, SIAM_E_DATA, "'%s' is a zip archive with a model of Keras or TensorFlow, which is not read",
                         path);
    return holds(&c, "zip", "unzip", path, e);
}
