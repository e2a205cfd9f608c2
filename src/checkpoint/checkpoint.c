/* The list of checkpoint formats, and opening a file by what is in it, never by its name. */
#include "checkpoint/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/filekind.h"
#include "base/infile.h"

#define SIAM_ROW(x) extern const siam_ckpt_format siam_ckpt_##x;
#include "checkpoint/formats.def"
#undef SIAM_ROW

const siam_ckpt_format *const siam_ckpt_formats[] = {
#define SIAM_ROW(x) &siam_ckpt_##x,
#include "checkpoint/formats.def"
#undef SIAM_ROW
    NULL};

enum { HEAD = 512 };

/* None of the formats: what it is instead. */
static siam_code not_one(const siam_infile *f, const uint8_t *head, size_t n, siam_err *e)
{
    siam_filekind k;
    char known[128] = "";
    for (int i = 0; siam_ckpt_formats[i]; i++) {
        const size_t len = strlen(known);
        snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "", siam_ckpt_formats[i]->name);
    }
    siam_filekind_find(&k, head, n);
    if (k.known)
        siam_fail(e, SIAM_E_DATA, "'%s' (%zu bytes) is not a checkpoint (%s) but %s", f->path, f->n, known, k.what);
    else
        siam_fail(e, SIAM_E_DATA,
                  "'%s' (%zu bytes) is not a checkpoint: its first bytes fit none of the known formats (%s)",
                  f->path, f->n, known);
    if (!k.picture) /* to convert it makes no model of it */
        siam_filekind_hint(e, &k, f->path);
    siam_hint(e, "a model: the folder of a run, a .safetensors file, or a state dict that torch.save wrote");
    return SIAM_E_DATA;
}

static siam_code find_format(const siam_ckpt_format **out, const siam_infile *f, siam_err *e)
{
    uint8_t head[HEAD];
    const size_t n = f->n < HEAD ? f->n : HEAD;
    *out = NULL;
    if (!n) {
        siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is empty", f->path);
        siam_hint(e, "another copy of the file");
        return SIAM_E_DATA;
    }
    SIAM_TRY(siam_infile_read(f, 0, head, n, e));
    for (int i = 0; siam_ckpt_formats[i] && !*out; i++)
        if (siam_ckpt_formats[i]->probe(head, n))
            *out = siam_ckpt_formats[i];
    return *out ? SIAM_OK : not_one(f, head, n, e);
}

siam_code siam_ckpt_open(siam_ckpt **out, const char *path, siam_err *e)
{
    const siam_ckpt_format *format;
    siam_infile f;
    *out = NULL;
    SIAM_TRY(siam_infile_open(&f, path, e));
    const siam_code rc = find_format(&format, &f, e);
    siam_infile_close(&f);
    return rc ? rc : format->open(out, path, e);
}

/* `path` ends in "." and one of the words of `ext`. */
static bool has_ending(const char *path, const char *ext)
{
    const size_t n = strlen(path);
    for (const char *word = ext; *word; word += strspn(word, " ")) {
        const size_t k = strcspn(word, " ");
        if (n > k + 1 && path[n - k - 1] == '.' && !strncmp(path + n - k, word, k))
            return true;
        word += k;
    }
    return false;
}

const siam_ckpt_format *siam_ckpt_for_path(const char *path)
{
    for (int i = 0; siam_ckpt_formats[i]; i++)
        if (siam_ckpt_formats[i]->write && has_ending(path, siam_ckpt_formats[i]->ext))
            return siam_ckpt_formats[i];
    return NULL;
}

void siam_ckpt_close(siam_ckpt **c)
{
    if (*c)
        (*c)->format->close(c);
}

int siam_ckpt_find(const siam_ckpt *c, const char *name)
{
    const int n = c->format->count(c);
    for (int i = 0; i < n; i++)
        if (!strcmp(c->format->entry(c, i)->name, name))
            return i;
    return -1;
}
