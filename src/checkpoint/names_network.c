/* The networks in a file: where their names begin, and which one is meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "checkpoint/names_table.h"

/* What data-parallel training, torch.compile and the like put into names, wherever it stands. */
static const char *const wrappers[] = {"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
                                       "_forward_module"};

static bool is_wrapper(const char *part, size_t n)
{
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (strlen(wrappers[i]) == n && !memcmp(part, wrappers[i], n))
            return true;
    return false;
}

/* The dotted name without the parts that are wrappers'; the last part stays. */
static void unwrap(char *out, const char *name)
{
    const char *dot;
    for (; (dot = strchr(name, '.')); name = dot + 1)
        if (!is_wrapper(name, (size_t)(dot - name))) {
            memcpy(out, name, (size_t)(dot - name) + 1);
            out += dot - name + 1;
        }
    strcpy(out, name);
}

siam_code siam_names_read_unwrap(siam_names_read *m, siam_err *e)
{
    for (int i = 0; i < m->n; i++) {
        const char *name = siam_names_read_theirs(m, i);
        free(m->plain[i]);
        m->plain[i] = malloc(strlen(name) + 1);
        if (!m->plain[i])
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of %d tensors", m->n);
        unwrap(m->plain[i], name);
    }
    return SIAM_OK;
}

/* ---- finding ---- */

/* All plain names in order, to look one up quickly: a file may have very many. */
typedef struct lookup {
    const char **name;
    int n;
} lookup;

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool has(const lookup *l, const char *before, const char *name)
{
    char text[2 * SIAM_NAME_MAX];
    const char *key = text;
    return snprintf(text, sizeof text, "%s%s", before, name) < (int)sizeof text && l->n &&
           bsearch(&key, l->name, (size_t)l->n, sizeof key, by_text);
}

/* "layer1.0." and "4.0." are blocks of a network, whose convolutions have the names of a first one, too. */
static bool is_block(const char *prefix)
{
    const char *part[2] = {NULL, NULL}; /* the last two */
    size_t n[2] = {0, 0};
    for (const char *p = prefix, *dot; (dot = strchr(p, '.')); p = dot + 1) {
        part[0] = part[1];
        n[0] = n[1];
        part[1] = p;
        n[1] = (size_t)(dot - p);
    }
    const bool number = n[1] && strspn(part[1], "0123456789") >= n[1];
    return number && part[0] && (strspn(part[0], "0123456789") >= n[0] || !strncmp(part[0], "layer", 5));
}

/* The project's names stand behind `prefix`. A prefix that is not empty needs a block as well: much is called conv1. */
static bool fits(const lookup *l, const siam_key_project *p, const char *prefix)
{
    static const char first[] = "conv1.weight";
    char block[SIAM_NAME_MAX];
    for (int i = 1; i < SIAM_KEY_MARKERS && p->marker[i]; i++)
        if (!has(l, prefix, p->marker[i]))
            return false;
    const size_t n = strlen(p->marker[0]);
    if (!*prefix || n < sizeof first - 1 || strcmp(p->marker[0] + n - (sizeof first - 1), first))
        return true;
    snprintf(block, sizeof block, "%.*slayer1.0.%s", (int)(n - (sizeof first - 1)), p->marker[0], first);
    return has(l, prefix, block);
}

/* A network of that first convolution is known already, by the names of a more particular project. */
static bool is_known(const siam_names_read *m, const char *first)
{
    char text[2 * SIAM_NAME_MAX];
    for (int i = 0; i < m->networks; i++) {
        snprintf(text, sizeof text, "%s%s", m->network[i].prefix, m->network[i].project->marker[0]);
        if (!strcmp(text, first))
            return true;
    }
    return false;
}

static void find_of(siam_names_read *m, const lookup *l, const siam_key_project *p)
{
    const char *marker = p->marker[0];
    const size_t k = strlen(marker);
    for (int i = 0; i < m->n && m->networks < SIAM_KEY_NETWORKS; i++) {
        const char *name = siam_names_read_plain(m, i);
        const size_t n = strlen(name);
        if (n < k || n - k >= SIAM_NAME_MAX || strcmp(name + n - k, marker) || (n > k && name[n - k - 1] != '.'))
            continue;
        siam_key_network *w = &m->network[m->networks];
        *w = (siam_key_network){.project = p};
        memcpy(w->prefix, name, n - k);
        if (!is_block(w->prefix) && !is_known(m, name) && fits(l, p, w->prefix))
            m->networks++;
    }
}

siam_code siam_names_read_networks(siam_names_read *m, siam_err *e)
{
    lookup l = {malloc(((size_t)m->n + 1) * sizeof *l.name), m->n};
    m->networks = m->chosen = 0;
    if (!l.name)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of %d tensors", m->n);
    for (int i = 0; i < m->n; i++)
        l.name[i] = siam_names_read_plain(m, i);
    qsort(l.name, (size_t)m->n, sizeof *l.name, by_text);
    for (const siam_key_project *p = siam_key_projects; p->name; p++)
        find_of(m, &l, p);
    free(l.name);
    return SIAM_OK;
}

/* ---- choosing ---- */

const char *siam_names_read_network_name(const siam_names_read *m, int i, char buf[static SIAM_NAME_MAX])
{
    const char *prefix = m->network[i].prefix;
    const char *within = m->c->format->within(m->c);
    if (*prefix)
        snprintf(buf, SIAM_NAME_MAX, "%.*s", (int)strlen(prefix) - 1, prefix);
    else
        snprintf(buf, SIAM_NAME_MAX, "%s", within ? within : "main");
    return buf;
}

void siam_names_read_network_names(const siam_names_read *m, char *buf, size_t n)
{
    char name[SIAM_NAME_MAX];
    size_t at = 0;
    *buf = '\0';
    for (int i = 0; i < m->networks && at < n; i++)
        at += (size_t)snprintf(buf + at, n - at, "%s%.60s", i ? ", " : "", siam_names_read_network_name(m, i, name));
}

/* `part` is the name, or some of its dotted parts: "teacher" of "teacher.backbone". */
static bool is_called(const char *name, const char *part)
{
    const size_t n = strlen(part);
    for (const char *p = name; (p = strstr(p, part)); p++)
        if ((p == name || p[-1] == '.') && (!p[n] || p[n] == '.'))
            return true;
    return false;
}

/* Names of networks that follow another one. */
static bool follows(const char *prefix)
{
    static const char *const word[] = {"momentum", "target", "encoder_k", "k_encoder", "key_encoder"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strstr(prefix, word[i]))
            return true;
    return is_called(prefix, "key");
}

/* Mean of the last steps of another one. */
static bool is_mean(const char *prefix) { return strstr(prefix, "ema") || strstr(prefix, "swa"); }

bool siam_names_read_contrasted(const siam_names_read *m)
{
    for (int i = 0; i < m->networks; i++)
        if (follows(m->network[i].prefix))
            return m->networks > 1 && *siam_names_read_prefix(m);
    return false;
}

/* The one without a prefix, else the only one that is no follower or mean of others; -1: no such one. */
static int usual(const siam_names_read *m)
{
    int found = -1, n = 0;
    for (int i = 0; i < m->networks; i++) {
        if (!*m->network[i].prefix)
            return i;
        if (follows(m->network[i].prefix) || is_mean(m->network[i].prefix))
            continue;
        found = i;
        n++;
    }
    return m->networks == 1 ? 0 : n == 1 ? found : -1;
}

static siam_code no_part(const siam_names_read *m, const char *part, const char *why, siam_err *e)
{
    char names[512], first[SIAM_NAME_MAX];
    siam_names_read_network_names(m, names, sizeof names);
    siam_fail(e, SIAM_E_USAGE, "it has %s part '%.60s'; its networks are: %s", why, part, names);
    siam_hint(e, "--part %s", siam_names_read_network_name(m, 0, first));
    return SIAM_E_USAGE;
}

siam_code siam_names_read_choose(siam_names_read *m, const char *part, siam_err *e)
{
    char name[SIAM_NAME_MAX], names[512], dotted[SIAM_NAME_MAX], plain[SIAM_NAME_MAX] = "";
    int found = -1, n = 0;
    if (part && *part && snprintf(dotted, sizeof dotted, "%s.", part) < (int)sizeof dotted) {
        unwrap(plain, dotted); /* "module.encoder_q" is "encoder_q" */
        plain[strlen(plain) ? strlen(plain) - 1 : 0] = '\0';
    }
    if (part && *part) {
        for (int i = 0; i < m->networks; i++) {
            siam_names_read_network_name(m, i, name);
            const bool whole = !strcmp(name, part) || !strcmp(name, plain);
            if (!whole && !(*plain && is_called(name, plain)))
                continue;
            found = i;
            n = whole ? 1 : n + 1;
            if (whole)
                break;
        }
        const char *within = m->c->format->within(m->c);
        if (!n && within && !strcmp(part, within)) { /* all that is not beside it */
            found = usual(m);
            n = found >= 0;
        }
        if (n != 1)
            return no_part(m, part, n ? "more than one" : "no", e);
    } else {
        found = usual(m);
    }
    if (found < 0) {
        siam_names_read_network_names(m, names, sizeof names);
        siam_fail(e, SIAM_E_DATA, "it holds %d networks, and which one is meant is not said: %s", m->networks, names);
        siam_hint(e, "--part %s", siam_names_read_network_name(m, m->networks - 1, name));
        return SIAM_E_DATA;
    }
    m->chosen = found;
    m->project = m->network[found].project;
    return SIAM_OK;
}

bool siam_names_read_elsewhere(const siam_names_read *m, int i)
{
    const char *plain = siam_names_read_plain(m, i), *mine = siam_names_read_prefix(m);
    size_t longest = 0;
    int owner = -1;
    for (int k = 0; k < m->networks; k++) {
        const size_t n = strlen(m->network[k].prefix);
        if (!strncmp(plain, m->network[k].prefix, n) && (owner < 0 || n > longest)) {
            longest = n;
            owner = k;
        }
    }
    return owner >= 0 && strcmp(m->network[owner].prefix, mine) != 0;
}
