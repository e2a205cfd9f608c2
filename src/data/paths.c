/* Named files, folders and lists as a data set. */
#include "data/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/list_paths.h"
#include "data/describe.h"
#include "data/walk.h"
#include "image/codec.h"

enum { MAX_PATH = 4096 };

static const siam_dataset_type type_paths; /* the last lines of this file */

/* What came out of a pipe, which can be read once only. */
typedef struct piped {
    int64_t index; /* of the image */
    char *data;
    size_t n;
} piped;

typedef struct paths {
    siam_dataset head;
    siam_image_list f; /* its root is empty: the paths are whole */
    piped *pipe;
    int pipes;
} paths;

static siam_code add_joined(siam_image_list *f, const char *dir, const char *name, siam_err *e)
{
    char path[MAX_PATH];
    if (!siam_path_join(path, sizeof path, dir, name))
        return siam_fail(e, SIAM_E_DATA, "the path of '%s' in '%s' is too long", name, dir);
    return siam_image_list_add(f, path, -1, e);
}

static siam_code walk_into(siam_image_list *f, const char *dir, siam_dataset_info *info, siam_err *e)
{
    siam_walk *w;
    SIAM_TRY(siam_image_list_root(f, dir, e));
    SIAM_TRY(siam_walk_open(&w, f, e));
    siam_code rc = siam_walk_below(w, "", -1, e);
    if (!rc)
        rc = siam_walk_finish(w, e);
    siam_walk_tally met = *siam_walk_met(w);
    met.held_out.n = 0; /* nothing is trained on */
    if (!rc)
        siam_walk_remark(&met, info);
    siam_walk_close(&w);
    return rc;
}

static siam_code add_folder(siam_image_list *f, const char *dir, siam_dataset_info *info, siam_err *e)
{
    siam_image_list inside = {0};
    siam_code rc = walk_into(&inside, dir, info, e);
    for (int64_t i = 0; !rc && i < inside.n; i++)
        rc = add_joined(f, dir, siam_image_list_path(&inside, i), e);
    if (!rc && inside.n == 0) {
        siam_description s = {0};
        char found[SIAM_SURVEY_TEXT], read[SIAM_IMAGE_WORDS];
        siam_description_folder(&s, dir);
        siam_description_text(&s, found);
        rc = siam_fail(e, SIAM_E_DATA, "the folder '%s' has no images (%s); there is %s in it", dir,
                       siam_image_endings(read), found);
    }
    siam_image_list_release(&inside);
    return rc;
}

/* Where nothing is there, the working directory is tried: lists are made in one place and lie in another. */
static siam_code add_lines(siam_image_list *f, const siam_image_list *lines, siam_err *e)
{
    char path[MAX_PATH];
    const char *root = strcmp(lines->root, ".") ? lines->root : "";
    for (int64_t i = 0; i < lines->n; i++) {
        const char *name = siam_image_list_path(lines, i);
        const bool elsewhere = name[0] == '/' || (siam_path_join(path, sizeof path, root, name) &&
                                                  !siam_path_exists(path) && siam_path_exists(name));
        SIAM_TRY(add_joined(f, elsewhere ? "" : root, name, e));
    }
    return SIAM_OK;
}

static siam_code add_source(siam_image_list *f, siam_dataset_info *info, const siam_list_source *s, siam_err *e)
{
    siam_image_list lines = {0};
    siam_list_facts facts;
    siam_code rc = siam_list_load(&lines, &facts, s, SIAM_LIST_ALL, NULL, NULL, info, e);
    if (!rc)
        rc = lines.n ? add_lines(f, &lines, e) : siam_fail(e, SIAM_E_DATA, "the list '%s' names no images", s->path);
    siam_image_list_release(&lines);
    return rc;
}

static siam_code add_list(siam_image_list *f, siam_dataset_info *info, const char *list, siam_err *e)
{
    siam_list_source s;
    siam_code rc = siam_list_source_open(&s, list, e);
    if (!rc)
        rc = add_source(f, info, &s, e);
    siam_list_source_close(&s);
    return rc;
}

/* An image, or a list of them. */
static siam_code add_pipe(paths *p, const char *path, siam_err *e)
{
    piped *more = realloc(p->pipe, (size_t)(p->pipes + 1) * sizeof *more);
    if (!more)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of files");
    p->pipe = more;
    siam_list_source s;
    SIAM_TRY(siam_list_source_open(&s, path, e));
    if (!siam_image_codec_name((const uint8_t *)s.text, s.n) && siam_list_looks(s.lines)) {
        const siam_code rc = add_source(&p->f, &p->head.info, &s, e);
        siam_list_source_close(&s);
        return rc;
    }
    more[p->pipes++] = (piped){.index = p->f.n, .data = s.text, .n = s.n};
    return siam_image_list_add(&p->f, path, -1, e);
}

static siam_code add_path(paths *p, const char *path, siam_err *e)
{
    struct stat st;
    char word[2 * MAX_PATH];
    siam_image_list *f = &p->f;
    siam_dataset_info *info = &p->head.info;
    if (stat(path, &st))
        return siam_fail_errno(e, errno, "cannot look at '%s'", path);
    if (S_ISDIR(st.st_mode))
        return add_folder(f, path, info, e);
    if (S_ISREG(st.st_mode) && siam_list_probe(path))
        return add_list(f, info, path, e);
    if (siam_path_is_own_pipe(path))
        return add_pipe(p, path, e);
    if (!S_ISREG(st.st_mode)) {
        siam_fail(e, SIAM_E_DATA, "'%s' is %s, not a file", path, S_ISFIFO(st.st_mode) ? "a pipe" : "a device");
        siam_hint(e, "cat %s | the same command with /dev/stdin in its place", siam_format_word(word, sizeof word, path));
        return SIAM_E_DATA;
    }
    return siam_image_list_add(f, path, -1, e);
}

static void close_paths(siam_dataset **d)
{
    paths *p = (paths *)*d;
    for (int i = 0; i < p->pipes; i++)
        free(p->pipe[i].data);
    free(p->pipe);
    siam_image_list_release(&((paths *)*d)->f);
    free(*d);
    *d = NULL;
}

bool siam_paths_is_image(const char *path)
{
    uint8_t head[64];
    struct stat st;
    FILE *f = !stat(path, &st) && S_ISREG(st.st_mode) ? fopen(path, "rbe") : NULL;
    if (!f)
        return siam_path_is_own_pipe(path);
    const size_t n = fread(head, 1, sizeof head, f);
    fclose(f);
    return siam_image_is_name(path) || siam_image_codec_name(head, n);
}

siam_code siam_paths_open(siam_dataset **out, const char *const *path, int n, const char *const *list,
                          int nlist, siam_err *e)
{
    *out = NULL;
    paths *p = calloc(1, sizeof *p);
    if (!p)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of files");
    siam_dataset *head = &p->head;
    p->head.type = &type_paths;
    siam_code rc = siam_image_list_root(&p->f, "", e);
    for (int i = 0; i < n && !rc; i++)
        rc = add_path(p, path[i], e);
    for (int i = 0; i < nlist && !rc; i++)
        rc = add_list(&p->f, &p->head.info, list[i], e);
    if (!rc && p->f.n == 0)
        rc = siam_fail(e, SIAM_E_USAGE, "no image was named");
    if (rc) {
        close_paths(&head);
        return rc;
    }
    p->head.info.count = p->f.n;
    siam_dataset_describe_files(&p->head.info, "files", "", SIAM_SPLIT_TEST);
    *out = head;
    return SIAM_OK;
}

static siam_code read_paths(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    const paths *p = (const paths *)d;
    for (int i = 0; i < p->pipes; i++)
        if (p->pipe[i].index == index)
            return siam_image_list_decode(siam_image_list_path(&p->f, index), (const uint8_t *)p->pipe[i].data, p->pipe[i].n, d, use, im, e);
    return siam_image_list_read(&p->f, index, d, use, im, e);
}

static int label_paths(const siam_dataset *d, int64_t index)
{
    (void)d;
    (void)index;
    return -1;
}

static const char *file_paths(const siam_dataset *d, int64_t index)
{
    return siam_image_list_path(&((const paths *)d)->f, index);
}

static const siam_image_list *files_paths(const siam_dataset *d) { return &((const paths *)d)->f; }

static const siam_dataset_type type_paths = {
    .name = "files",
    .help = "files, folders and lists named one by one",
    .read = read_paths,
    .label = label_paths,
    .file = file_paths,
    .files = files_paths,
    .close = close_paths,
};
