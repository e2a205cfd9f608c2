/* Writing metrics.jsonl, and cutting it back to where a resumed run starts. */
#include "report/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/io.h"
#include "base/json.h"

enum { LINE_MAX_ = 64 << 10, MOST_PENDING = 4 << 20 };

struct siam_metrics {
    int fd; /* appends */
    char path[4096];
    char *pending; /* rows that the file has not taken yet, after `taken` bytes */
    size_t npending, taken, room;
};

/* Whether a line of the file is a whole row of a step up to `last` or of one of the first `epochs`; *nomem: it cannot be said. */
static bool is_kept(const char *line, size_t n, int64_t last, int64_t epochs, bool *nomem)
{
    if (!n || line[n - 1] != '\n')
        return false;
    json_t *row = siam_json_parse(line, n, NULL, nomem);
    const json_t *step = json_object_get(row, "step");
    const char *kind = json_string_value(json_object_get(row, "kind"));
    const bool open =
        kind && !strcmp(kind, "epoch") && json_integer_value(json_object_get(row, "epoch")) > epochs;
    const bool kept = json_is_integer(step) && json_integer_value(step) <= last && !open;
    json_decref(row);
    return kept;
}

/* The next line with its end, of which at most LINE_MAX_ + 1 bytes are kept: a longer one is no row. 0 at the end. */
static size_t next_line(FILE *in, char *line)
{
    size_t n = 0;
    for (int c; (c = getc_unlocked(in)) != EOF;) {
        if (n <= LINE_MAX_)
            line[n++] = (char)c;
        if (c == '\n')
            break;
    }
    return n;
}

static siam_code cut_back(const siam_folder *in, const char *name, int64_t last, int64_t epochs, siam_err *e)
{
    if (siam_folder_named(in, name, NULL) == SIAM_NAMED_NOTHING)
        return SIAM_OK;
    FILE *old;
    SIAM_TRY(siam_folder_stream(&old, in, name, 'r', e));
    siam_atomic a;
    char *line = malloc(LINE_MAX_ + 1);
    siam_code rc = line ? siam_folder_atomic(&a, in, name, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory for '%s'", name);
    const bool opened = !rc;
    bool nomem = false;
    size_t n;
    while (!rc && (n = next_line(old, line)) > 0) {
        if (is_kept(line, n, last, epochs, &nomem))
            rc = siam_atomic_write(&a, line, n, e);
        if (nomem)
            rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for '%s'", name);
    }
    if (!rc && ferror(old))
        rc = siam_fail_errno(e, errno, "cannot read '%s' in '%s'", name, in->path);
    free(line);
    fclose(old);
    if (!rc)
        return siam_atomic_commit(&a, e);
    if (opened)
        siam_atomic_abort(&a);
    return rc;
}

siam_code siam_metrics_open(siam_metrics **out, const siam_folder *in, const char *name, int64_t resume_step,
                            int64_t epochs, siam_err *e)
{
    *out = NULL;
    if (resume_step >= 0)
        SIAM_TRY(cut_back(in, name, resume_step, epochs, e));
    siam_metrics *m = calloc(1, sizeof *m);
    if (!m)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening '%s'", name);
    siam_path_join(m->path, sizeof m->path, in->path, name);
    siam_code rc = siam_folder_file(&m->fd, NULL, in, name, O_WRONLY | O_CREAT | O_APPEND, e);
    if (!rc && resume_step < 0 && siam_io_ftruncate(m->fd, 0)) /* only once it is known to be ours */
        rc = siam_fail_errno(e, errno, "cannot empty '%s'", m->path);
    if (!rc) /* a checkpoint that is found later counts on the rows before it */
        rc = siam_folder_sync(in, e);
    if (rc)
        siam_metrics_close(&m);
    *out = m;
    return rc;
}

/* Hand the file what it takes; 0 or errno. */
static int hand_over(siam_metrics *m)
{
    m->taken += siam_io_write(m->fd, m->pending + m->taken, m->npending - m->taken);
    if (m->taken < m->npending)
        return errno;
    m->npending = m->taken = 0;
    return 0;
}

siam_code siam_metrics_flush(siam_metrics *m, siam_err *e)
{
    const int why = hand_over(m);
    return why ? siam_fail_errno(e, why, "cannot write '%s'", m->path) : SIAM_OK;
}

siam_code siam_metrics_sync(const siam_metrics *m, siam_err *e)
{
    return siam_io_fsync(m->fd) && errno != EINVAL ? siam_fail_errno(e, errno, "cannot make '%s' durable", m->path) : SIAM_OK;
}

static siam_code keep(siam_metrics *m, const char *text, siam_err *e)
{
    const size_t n = strlen(text), want = m->npending + n + 1;
    if (want > m->room) {
        char *more = realloc(m->pending, 2 * want);
        if (!more)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", m->path);
        m->pending = more;
        m->room = 2 * want;
    }
    memcpy(m->pending + m->npending, text, n);
    m->pending[m->npending + n] = '\n';
    m->npending = want;
    return SIAM_OK;
}

siam_code siam_metrics_append(siam_metrics *m, const siam_event *ev, siam_err *e)
{
    json_t *row = json_object();
    siam_json_put(&row, "kind", json_string(ev->kind == SIAM_EVENT_EPOCH ? "epoch" : "step"));
    siam_json_put(&row, "epoch", json_integer(ev->epoch));
    siam_json_put(&row, "step", json_integer(ev->step));
    for (int g = 0; g < SIAM_GAUGES; g++)
        if (ev->number[g].measured)
            siam_json_put_real(&row, siam_gauges[g].key, ev->number[g].value);
    char *text = siam_json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(row);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", m->path);
    const siam_code rc = keep(m, text, e);
    free(text);
    SIAM_TRY(rc);
    const int why = hand_over(m);
    return why && m->npending - m->taken > MOST_PENDING ? siam_fail_errno(e, why, "cannot write '%s'", m->path) : SIAM_OK;
}

void siam_metrics_close(siam_metrics **m)
{
    if (*m) {
        if ((*m)->fd >= 0)
            siam_sys.close((*m)->fd);
        free((*m)->pending);
        free(*m);
    }
    *m = NULL;
}
