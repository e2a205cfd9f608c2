/* Restricted YAML from libyaml's events: no tree is built, and what a configuration does not need is refused
 * where it stands. The reader recurses once per level of maps, at most DEPTH_MAX deep. */
#include "base/yaml.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/check.h"
#include "base/hash.h"

enum { DEPTH_MAX = 8, KEY_MAX = 256, KEYS_MAX = 4096, BYTES_MAX = 1 << 20, WHERE_MAX = 4200 };

typedef struct reader {
    yaml_parser_t parser;
    const char *name, *text;
    siam_yaml_fn *fn;
    void *user;
    siam_err *e;
    char key[KEY_MAX]; /* the dotted key of the place being read */
    uint64_t *seen;    /* hashes of the keys so far */
    int nseen;
    char *list; /* the list being joined */
    size_t nlist, room;
} reader;

static siam_code refuse(reader *r, yaml_mark_t at, const char *what)
{
    return siam_fail(r->e, SIAM_E_USAGE, "%s:%zu:%zu: %s", r->name, at.line + 1, at.column + 1, what);
}

/* A byte that is no text has an offset but no mark. */
static yaml_mark_t mark_of_offset(const reader *r, size_t offset)
{
    yaml_mark_t m = {offset, 0, 0};
    for (size_t i = 0; i < offset; i++) {
        m.column = r->text[i] == '\n' ? 0 : m.column + 1;
        m.line += r->text[i] == '\n';
    }
    return m;
}

static siam_code syntax_error(reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "this is not YAML";
    if (p->error == YAML_MEMORY_ERROR)
        return siam_fail(r->e, SIAM_E_NOMEM, "there is no memory to read '%s'", r->name);
    if (p->error == YAML_READER_ERROR)
        return refuse(r, mark_of_offset(r, p->problem_offset), problem);
    char what[512];
    if (p->context)
        snprintf(what, sizeof what, "%s (%s on line %zu)", problem, p->context, p->context_mark.line + 1);
    else
        snprintf(what, sizeof what, "%s", problem);
    return refuse(r, p->problem_mark, what);
}

/* The next event, free of anchors, aliases, tags and directives; the caller deletes it. */
static siam_code next(reader *r, yaml_event_t *ev)
{
    if (!yaml_parser_parse(&r->parser, ev))
        return syntax_error(r);
    const char *what = NULL;
    const void *anchor = NULL, *tag = NULL;
    switch (ev->type) {
    case YAML_ALIAS_EVENT: what = "aliases ('*name') are not supported; repeat the value"; break;
    case YAML_SCALAR_EVENT:
        anchor = ev->data.scalar.anchor;
        tag = ev->data.scalar.tag;
        if (memchr(ev->data.scalar.value, 0, ev->data.scalar.length))
            what = "a value has a zero byte in it";
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = ev->data.sequence_start.anchor;
        tag = ev->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = ev->data.mapping_start.anchor;
        tag = ev->data.mapping_start.tag;
        if (ev->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
            what = "maps in braces are not supported; write one 'key: value' per line";
        break;
    case YAML_DOCUMENT_START_EVENT:
        if (ev->data.document_start.version_directive ||
            ev->data.document_start.tag_directives.start != ev->data.document_start.tag_directives.end)
            what = "directives (lines that start with '%') are not supported; leave them out";
        break;
    default: break;
    }
    if (anchor)
        what = "anchors ('&name') are not supported; leave it out";
    else if (tag)
        what = "tags ('!name') are not supported; leave it out";
    if (!what)
        return SIAM_OK;
    refuse(r, ev->start_mark, what);
    yaml_event_delete(ev);
    return SIAM_E_USAGE;
}

/* Append n bytes to the joined list. */
static siam_code list_add(reader *r, const void *data, size_t n)
{
    if (r->room - r->nlist <= n) {
        const size_t room = 2 * r->room + n + 64;
        char *bigger = realloc(r->list, room);
        if (!bigger)
            return siam_fail(r->e, SIAM_E_NOMEM, "there is no memory to read '%s'", r->name);
        r->list = bigger;
        r->room = room;
    }
    memcpy(r->list + r->nlist, data, n);
    r->nlist += n;
    r->list[r->nlist] = '\0';
    return SIAM_OK;
}

/* The elements behind a sequence's start, joined with commas. */
static siam_code read_list(reader *r)
{
    r->nlist = 0;
    SIAM_TRY(list_add(r, "", 0));
    for (bool first = true;; first = false) {
        yaml_event_t ev;
        SIAM_TRY(next(r, &ev));
        siam_code rc = SIAM_OK;
        const bool end = ev.type == YAML_SEQUENCE_END_EVENT;
        if (!end && ev.type != YAML_SCALAR_EVENT)
            rc = refuse(r, ev.start_mark, "a list holds plain values, not lists or maps");
        else if (!end && memchr(ev.data.scalar.value, ',', ev.data.scalar.length))
            rc = refuse(r, ev.start_mark, "a value in a list has a comma in it");
        else if (!end && !first)
            rc = list_add(r, ",", 1);
        if (!rc && !end)
            rc = list_add(r, ev.data.scalar.value, ev.data.scalar.length);
        yaml_event_delete(&ev);
        if (rc || end)
            return rc;
    }
}

/* Extend r->key by the key in `ev`, which must be new. */
static siam_code enter_key(reader *r, const yaml_event_t *ev)
{
    if (ev->type != YAML_SCALAR_EVENT)
        return refuse(r, ev->start_mark, "a key must be a plain word");
    const size_t have = strlen(r->key), n = ev->data.scalar.length;
    if (n == 0)
        return refuse(r, ev->start_mark, "there is no key in front of the ':'");
    if (n + have + 2 > sizeof r->key)
        return refuse(r, ev->start_mark, "the key is too long");
    snprintf(r->key + have, sizeof r->key - have, "%s%s", have ? "." : "",
             (const char *)ev->data.scalar.value);
    const uint64_t h = siam_hash64(r->key, strlen(r->key));
    for (int i = 0; i < r->nseen; i++) {
        if (r->seen[i] != h)
            continue;
        char what[KEY_MAX + 64];
        snprintf(what, sizeof what, "'%s' is there twice; leave one of them out", r->key);
        return refuse(r, ev->start_mark, what);
    }
    if (r->nseen == KEYS_MAX)
        return refuse(r, ev->start_mark, "there are more than 4096 keys");
    r->seen[r->nseen++] = h;
    return SIAM_OK;
}

static siam_code read_map(reader *r, int depth);

/* The value of r->key, whose key stood at `at`. */
static siam_code read_value(reader *r, yaml_mark_t at, int depth)
{
    char where[WHERE_MAX];
    snprintf(where, sizeof where, "%.4096s:%zu:%zu", r->name, at.line + 1, at.column + 1);
    yaml_event_t ev;
    SIAM_TRY(next(r, &ev));
    siam_code rc;
    switch (ev.type) {
    case YAML_SCALAR_EVENT:
        rc = r->fn(r->user, r->key, (const char *)ev.data.scalar.value, where, r->e);
        break;
    case YAML_SEQUENCE_START_EVENT:
        rc = read_list(r);
        if (!rc)
            rc = r->fn(r->user, r->key, r->list, where, r->e);
        break;
    default:
        if (depth == DEPTH_MAX)
            rc = refuse(r, ev.start_mark, "maps are nested more than 8 deep");
        else
            rc = read_map(r, depth + 1);
    }
    yaml_event_delete(&ev);
    return rc;
}

/* The pairs behind a map's start. */
static siam_code read_map(reader *r, int depth)
{
    const size_t outer = strlen(r->key);
    for (;;) {
        yaml_event_t ev;
        SIAM_TRY(next(r, &ev));
        const bool end = ev.type == YAML_MAPPING_END_EVENT;
        const yaml_mark_t at = ev.start_mark;
        siam_code rc = end ? SIAM_OK : enter_key(r, &ev);
        yaml_event_delete(&ev);
        if (rc || end)
            return rc;
        SIAM_TRY(read_value(r, at, depth));
        r->key[outer] = '\0';
    }
}

/* Stream start, at most one document holding a map, stream end. */
static siam_code read_stream(reader *r)
{
    bool document = false;
    for (;;) {
        yaml_event_t ev;
        SIAM_TRY(next(r, &ev));
        const yaml_event_type_t type = ev.type;
        siam_code rc = SIAM_OK;
        if (type == YAML_MAPPING_START_EVENT)
            rc = read_map(r, 1);
        else if (type == YAML_DOCUMENT_START_EVENT && document)
            rc = refuse(r, ev.start_mark, "there is a second document ('---'); a configuration is one");
        else if (type == YAML_SEQUENCE_START_EVENT ||
                 (type == YAML_SCALAR_EVENT && ev.data.scalar.length > 0))
            rc = refuse(r, ev.start_mark, "expected lines of the form 'key: value'");
        document = document || type == YAML_DOCUMENT_START_EVENT;
        yaml_event_delete(&ev);
        if (rc || type == YAML_STREAM_END_EVENT)
            return rc;
    }
}

siam_code siam_yaml_read(const char *name, const char *text, size_t n, siam_yaml_fn *fn, void *user,
                         siam_err *e)
{
    if (n > BYTES_MAX)
        return siam_fail(e, SIAM_E_USAGE, "'%s' has %zu bytes; a configuration has at most %d", name, n,
                         BYTES_MAX);
    reader r = {.name = name, .text = text, .fn = fn, .user = user, .e = e};
    r.seen = malloc(KEYS_MAX * sizeof *r.seen);
    if (!r.seen || !yaml_parser_initialize(&r.parser)) {
        free(r.seen);
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory to read '%s'", name);
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
    const siam_code rc = read_stream(&r);
    yaml_parser_delete(&r.parser);
    free(r.seen);
    free(r.list);
    return rc;
}
