/* From the lines of a list to files. */
#include "data/list_paths.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/list_json.h"
#include "data/list_text.h"
#include "image/codec.h"

enum { MAX_PATH = 4096, HEAD = 65536, SAMPLE = 16, ALL_LOOKED_AT = 100000, ROOTS = 8, ENDINGS = 64 };
static const size_t max_list = (size_t)2 << 30;

siam_code siam_list_source_open(siam_list_source *s, const char *path, siam_err *e)
{
    *s = (siam_list_source){.path = path};
    SIAM_TRY(
        (siam_path_is_own_pipe(path) ? siam_pipe_read : siam_file_read)(path, max_list, &s->text, &s->n, e));
    s->lines = (siam_lines){s->text, s->text + s->n, 0, false};
    if (siam_image_codec_name((const uint8_t *)s->text, s->n))
        return SIAM_OK;
    siam_code rc = siam_list_text(&s->text, &s->n, path, e);
    if (!rc)
        rc = siam_list_json(&s->text, &s->n, &s->lines, true, path, e);
    if (rc)
        siam_list_source_close(s);
    return rc;
}

void siam_list_source_close(siam_list_source *s)
{
    free(s->text);
    *s = (siam_list_source){0};
}

/* The beginning of a list as a table; free() it. NULL: it cannot be read. */
static char *read_head(const char *path, siam_lines *lines)
{
    size_t n;
    char *head = siam_list_head(path, HEAD, &n);
    if (head && siam_list_json(&head, &n, lines, false, path, NULL)) {
        free(head);
        return NULL;
    }
    return head;
}

int siam_list_probe(const char *path)
{
    static const char *const endings[] = {".txt", ".csv", ".tsv", ".lst", ".list", ".jsonl", ".ndjson"};
    struct stat st;
    siam_lines lines;
    if (stat(path, &st) || !S_ISREG(st.st_mode) || st.st_size == 0 || siam_image_is_name(path))
        return 0;
    char *head = read_head(path, &lines);
    const bool looks = head && siam_list_looks(lines);
    free(head);
    if (looks)
        return 40;
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (!strcasecmp(dot, endings[i]))
            return 5;
    return 0;
}

bool siam_list_is_labelled(const char *path)
{
    siam_list_form form;
    siam_line *line = malloc(sizeof *line);
    siam_lines from = {0};
    char *head = line ? read_head(path, &from) : NULL;
    bool labelled = head && siam_list_form_find(&form, from, NULL, NULL, path, NULL) && form.label >= 0;
    bool heading = labelled && form.heading;
    while (labelled && siam_line_next(line, &from, form.separator)) {
        const bool image = !siam_list_is_comment(line, &form, NULL, NULL) && !heading;
        if (image)
            labelled = line->n > form.label && line->field[form.label].n > 0;
        if (image)
            break;
        heading = heading && line->hash;
    }
    free(head);
    free(line);
    return labelled;
}

static bool has_file_names(const char *path)
{
    siam_list_form form;
    siam_lines lines;
    char *head = read_head(path, &lines);
    const bool has = head && siam_list_form_find(&form, lines, NULL, NULL, path, NULL) && form.file_name;
    free(head);
    return has;
}

bool siam_list_metadata(char *path, size_t max, const char *folder)
{
    static const char *const names[] = {"metadata.csv", "metadata.jsonl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (siam_path_join(path, max, folder, names[i]) && siam_path_look(path) == SIAM_PATH_OTHER && has_file_names(path))
            return true;
    return false;
}

/* ---- how a path may be meant
 * -------------------------------------------------------------------------------------------- */

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

/* A path in other words as this system has it: file://, ~, '\'. Never longer than MAX_PATH; cut there. */
static void as_here(char to[MAX_PATH], const char *path)
{
    const char *home = getenv("HOME");
    size_t n = 0;
    const bool url = !strncasecmp(path, "file://", 7);
    if (url) {
        path += 7;
        path += !strncasecmp(path, "localhost/", 10) ? 9 : 0;
    } else if (path[0] == '~' && path[1] == '/' && home && strlen(home) < MAX_PATH / 2) {
        n = strlen(home);
        memcpy(to, home, n);
        path++;
    }
    for (; *path && n < MAX_PATH - 1; path++) {
        const bool code =
            url && *path == '%' && hex(path[1]) >= 0 && hex(path[2]) >= 0 && (hex(path[1]) || hex(path[2]));
        to[n++] = code ? (char)(16 * hex(path[1]) + hex(path[2])) : *path == '\\' ? '/' : *path;
        path += code ? 2 : 0;
    }
    to[n] = '\0';
}

static bool exists_below(const char *root, const char *name)
{
    char path[MAX_PATH];
    return (name[0] == '/' || siam_path_join(path, sizeof path, root, name)) &&
           siam_path_exists(name[0] == '/' ? name : path);
}

/* Endings of images, upper case behind lower; "" first. */
static int endings_of(char ending[ENDINGS][8])
{
    int n = 1;
    ending[0][0] = '\0';
    for (int upper = 0; upper < 2; upper++)
        for (int i = 0; siam_codecs[i]; i++)
            for (const char *const *e = siam_codecs[i]->endings; *e && n < ENDINGS; e++, n++) {
                snprintf(ending[n], sizeof ending[n], "%s", *e);
                for (char *c = ending[n]; upper && *c; c++)
                    *c = (char)toupper((unsigned char)*c);
            }
    return n;
}

/* One way to read the paths of a list. */
typedef struct reading {
    const char *root, *ending; /* root NULL: only whole paths, which do not start from any */
    bool as_here;
} reading;

static void read_path(char to[MAX_PATH], const char *path, const reading *r)
{
    char here[MAX_PATH];
    as_here(here, path);
    const int n = snprintf(to, MAX_PATH, "%s%s", r->as_here ? here : path, r->ending);
    if (n < 0 || n >= MAX_PATH)
        to[0] = '\0';
}

static bool there(const siam_image_list *f, int64_t i, const reading *r)
{
    char path[MAX_PATH];
    read_path(path, siam_image_list_path(f, i), r);
    return path[0] == '/' ? !r->root && siam_path_exists(path)
                          : r->root && path[0] && exists_below(r->root, path);
}

/* Whether one of the files is there: the very first may be missing, or the first folder; so some are looked
 * at from all over the list. */
static bool some_there(const siam_image_list *f, const reading *r)
{
    for (int64_t i = 0; i < f->n && i < SAMPLE; i++)
        if (there(f, i, r))
            return true;
    for (int64_t i = 0; f->n > SAMPLE && i < SAMPLE; i++)
        if (there(f, i * (f->n - 1) / (SAMPLE - 1), r))
            return true;
    return false;
}

/* ---- folders that may be meant
 * ------------------------------------------------------------------------------------------ */

typedef struct roots {
    char path[ROOTS][MAX_PATH + 512];
} roots;

static void find_roots(roots *r, const char *list)
{
    char dir[MAX_PATH];
    const char *slash = strrchr(list, '/'), *name = slash ? slash + 1 : list;
    const int stem = (int)strcspn(name, ".");
    snprintf(dir, sizeof dir, "%.*s", slash > list ? (int)(slash - list) : 1, slash ? list : ".");
    for (int i = 0; i < 4; i++)
        snprintf(r->path[i], sizeof r->path[i], "%s%s%s%.*s", dir, i < 2 ? "" : "/..", i % 2 ? "/" : "",
                 i % 2 ? stem : 0, name);
    snprintf(r->path[4], sizeof r->path[4], "%s/train", dir);
    snprintf(r->path[5], sizeof r->path[5], "%s/images", dir);
    snprintf(r->path[6], sizeof r->path[6], "%s/train_images", dir);
    snprintf(r->path[ROOTS - 1], sizeof r->path[0], ".");
}

static bool there_somewhere(void *user, const char *path)
{
    const roots *r = user;
    char here[MAX_PATH];
    as_here(here, path);
    for (int i = 0; i < ROOTS; i++)
        if (exists_below(r->path[i], path) || exists_below(r->path[i], here))
            return true;
    return false;
}

/* Whole paths do not say where the others start from, so they are looked at last. */
static bool find_reading(const siam_image_list *f, const roots *from, char ending[ENDINGS][8], int endings,
                         reading *r)
{
    for (int k = 0; k < endings; k++)
        for (int here = 0; here < 2; here++)
            for (int i = 0; i <= ROOTS; i++) {
                *r =
                    (reading){.root = i < ROOTS ? from->path[i] : NULL, .ending = ending[k], .as_here = here};
                if (some_there(f, r)) {
                    r->root = i < ROOTS ? r->root : from->path[0];
                    return true;
                }
            }
    *r = (reading){.root = from->path[0], .ending = ""};
    for (int64_t i = 0; i < f->n && i < ALL_LOOKED_AT;
         i++) /* most are missing, and the loader says how many */
        if (exists_below(r->root, siam_image_list_path(f, i)))
            return true;
    return false;
}

/* ---- none is there
 * ------------------------------------------------------------------------------------------------------ */

static bool safe_in_sed(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && !strchr("/_-:. ", s[i]))
            return false;
    return true;
}

/* The rest of a path is there when folders are left out at its beginning: how many bytes; 0: it is not. */
static size_t folders_too_many(const char *path, const roots *r)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
        for (int i = 0; i < ROOTS && slash[1]; i++)
            if (slash[1] != '/' && exists_below(r->path[i], slash + 1))
                return (size_t)(slash - path) + 1;
    return 0;
}

static siam_code none_there(const siam_image_list *f, const siam_list_source *s, const roots *r, bool bare,
                            siam_err *e)
{
    char here[MAX_PATH], too_many[MAX_PATH], shown[128], list[2 * MAX_PATH];
    const char *path = siam_image_list_path(f, 0);
    const bool web = strstr(path, "://") && strncasecmp(path, "file://", 7) != 0,
               back = strchr(path, '\\') != NULL;
    const bool drive =
        isalpha((unsigned char)path[0]) && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
    as_here(here, path);
    const size_t extra = web ? 0 : folders_too_many(here, r);
    snprintf(too_many, sizeof too_many, "%.*s", (int)extra, here);
    siam_fail(e, SIAM_E_DATA, "%s of the list '%s' is there: %s'%s'%s, looked for in '%s'",
              f->n > 1 ? "none of the first images" : "no image", s->path, f->n > 1 ? "the first is " : "",
              siam_format_printable(shown, sizeof shown, path),
              web     ? ", an address on the network"
              : drive ? ", on a drive of Windows"
              : back  ? ", with \\ between folders as on Windows (nor is it there with /)"
              : bare  ? ", without an ending, nor is it there with that of an image (.jpg, .png ...)"
                      : "",
              r->path[0]);
    if (web)
        siam_hint(e, "downloading the images first, with wget or curl, and a list of the files they are in");
    else if (extra && safe_in_sed(here, extra) && (back || !strncmp(path, here, extra)))
        siam_hint(e, "sed -i.old '%ss,%s,,' %s", back ? "s,\\\\,/,g; " : "", too_many,
                  siam_format_word(list, sizeof list, s->path));
    else
        siam_hint(e, "a list whose paths start from its own folder, as in folder/photo.jpg");
    return SIAM_E_DATA;
}

/* ---- loading
 * ------------------------------------------------------------------------------------------------------------
 */

static siam_code rewrite(siam_image_list *f, const reading *r, char ending[ENDINGS][8], int endings, siam_err *e)
{
    char path[MAX_PATH];
    for (int64_t i = 0; i < f->n && (r->as_here || r->ending[0]); i++) {
        const char *was = siam_image_list_path(f, i);
        reading one = *r;
        if (r->ending[0] && siam_image_is_name(was))
            one.ending = "";
        read_path(path, was, &one);
        for (int k = 1; one.ending[0] && k < endings && !exists_below(r->root, path); k++) {
            one.ending = ending[k];
            read_path(path, was, &one);
        }
        if (one.ending[0] && !exists_below(r->root, path)) /* missing: as most are called */
            read_path(path, was, r);
        if (strcmp(path, was))
            SIAM_TRY(siam_image_list_rename(f, i, path, e));
    }
    return SIAM_OK;
}

static void remark(siam_dataset_info *info, const siam_list_facts *facts, const reading *r, const roots *from,
                   bool back, bool pairs)
{
    char shown[256], n[32];
    const char *root = strncmp(r->root, "./", 2) ? r->root : r->root + 2;
    if (facts->form.columns_text[0])
        siam_dataset_remark(info, "%s", facts->form.columns_text);
    if (facts->form.mate >= 0)
        siam_dataset_remark(info, pairs ? "each row names two images: training takes a view of each, all else takes the first"
                                        : "each row names two images; only the first is read");
    if (facts->comments)
        siam_dataset_remark(info, "%s of its lines begin%s with # and %s passed over",
                            siam_format_count(n, sizeof n, facts->comments), facts->comments == 1 ? "s" : "",
                            facts->comments == 1 ? "is" : "are");
    if (r->as_here)
        siam_dataset_remark(info, back ? "\\ in its paths is read as /"
                                       : "its paths are read without file:// and with ~ resolved");
    if (r->ending[0])
        siam_dataset_remark(info, "its names have no ending; %s is put behind them", r->ending);
    if (r->root == from->path[ROOTS - 1])
        siam_dataset_remark(info, "its paths start from the working directory");
    else if (r->root != from->path[0])
        siam_dataset_remark(info, "its paths start from '%s'",
                            siam_format_printable(shown, sizeof shown, root));
}

siam_code siam_list_load(siam_image_list *f, siam_list_facts *facts, const siam_list_source *s, int split,
                         const siam_image_list *classes, siam_image_list *mates, siam_dataset_info *info, siam_err *e)
{
    char ending[ENDINGS][8];
    reading r;
    roots *from = malloc(sizeof *from);
    if (!from)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list '%s'", s->path);
    find_roots(from, s->path);
    const siam_list_spec ask = {
        .where = s->path, .split = split, .classes = classes, .mates = mates, .there = there_somewhere, .user = from};
    siam_code rc = siam_list_parse(f, facts, s->lines, &ask, e);
    const int endings = endings_of(ending);
    if (!rc && f->n) {
        const bool back = strchr(siam_image_list_path(f, 0), '\\') != NULL;
        if (!find_reading(f, from, ending, facts->form.bare ? endings : 1, &r))
            rc = none_there(f, s, from, facts->form.bare, e);
        if (!rc)
            rc = rewrite(f, &r, ending, endings, e);
        if (!rc)
            rc = siam_image_list_root(f, r.root, e);
        if (!rc && mates && mates->n)
            rc = rewrite(mates, &r, ending, endings, e);
        if (!rc && mates && mates->n)
            rc = siam_image_list_root(mates, r.root, e);
        if (!rc && info)
            remark(info, facts, &r, from, back, mates && mates->n);
    }
    free(from);
    return rc;
}
