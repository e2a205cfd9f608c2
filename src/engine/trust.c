/* Comparing a device with the reference once. */
#include "engine/trust.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/json.h"
#include "engine/pjrt/case.h"

enum { FILE_MAX = 64 << 10, KEY_MAX = SIAM_PATH_MAX + 1024 };

static void key_of(const siam_place *p, siam_pjrt *device, char *key, size_t n)
{
    const int at = snprintf(key, n, "%s:%d, %d of them | ", p->device, p->number, p->devices);
    siam_pjrt_identity(device, p->plugin, key + at, n - (size_t)at);
}

/* false: there is no folder for it. */
static bool path_of(const char *key, char *path, size_t n)
{
    char name[32];
    snprintf(name, sizeof name, "device-%08x.json", (unsigned)siam_hash64(key, strlen(key)));
    return siam_path_cache(path, n, name);
}

/* A file that is damaged, or of another device with the same name, is none. */
static bool kept(siam_trust *t, const char *key)
{
    char path[SIAM_PATH_MAX];
    json_t *root = NULL;
    if (!path_of(key, path, sizeof path) || siam_json_read(&root, path, FILE_MAX, NULL))
        return false;
    const char *of = json_string_value(json_object_get(root, "device"));
    const json_t *operations = json_object_get(root, "operations");
    t->before = of && !strcmp(of, key) && json_is_true(json_object_get(root, "agrees")) && json_is_integer(operations) &&
                json_integer_value(operations) > 0 && json_integer_value(operations) <= SIAM_OP_COUNT;
    if (t->before) {
        t->operations = (int)json_integer_value(operations);
        t->worst = json_number_value(json_object_get(root, "worst"));
    }
    json_decref(root);
    return t->before;
}

void siam_trust_keep(siam_trust *t, const siam_place *p, siam_pjrt *device)
{
    char key[KEY_MAX], path[SIAM_PATH_MAX];
    key_of(p, device, key, sizeof key);
    json_t *root = json_object();
    siam_json_put(&root, "device", siam_json_text(key));
    siam_json_put(&root, "operations", json_integer(t->operations));
    siam_json_put_real(&root, "worst", t->worst);
    siam_json_put(&root, "agrees", json_true());
    t->unkept = !root || !path_of(key, path, sizeof path) || siam_mkdirs_for(path, NULL) || siam_json_write(root, path, NULL);
    json_decref(root);
}

/* ---- the comparison ---- */

typedef struct verdict {
    siam_trust *t;
    char wrong[64]; /* the first operation that is */
    double by;
    int count;
} verdict;

static void look(void *user, const char *op, const char *impl, double max_rel_err, bool pass)
{
    verdict *v = user;
    (void)impl;
    if (pass) {
        v->t->operations++;
        v->t->worst = fmax(v->t->worst, max_rel_err);
        return;
    }
    if (!v->count++) {
        snprintf(v->wrong, sizeof v->wrong, "%s", op);
        v->by = max_rel_err;
    }
}

static siam_code compare(siam_trust *t, const siam_place *p, siam_pjrt *device, siam_err *e)
{
    verdict v = {.t = t};
    char by[64] = "fails, or gives other numbers when it runs again", others[32] = "", word[SIAM_PATH_MAX + 64], quoted[2 * SIAM_PATH_MAX];
    SIAM_TRY(siam_pjrt_selftest(device, p->device, look, &v, e));
    if (!v.count)
        return SIAM_OK;
    if (isfinite(v.by))
        snprintf(by, sizeof by, "differs from the reference by %.2g", v.by);
    if (v.count > 1)
        snprintf(others, sizeof others, ", and so do %d others", v.count - 1);
    siam_fail(e, SIAM_E_UNSUPPORTED, "the device %s computes wrongly: its %s %s%s", p->device, v.wrong, by, others);
    siam_place_word(p, word, sizeof word);
    if (p->devices > 1)
        siam_hint(e, "simsiam doctor --device %s --devices %d", siam_format_word(quoted, sizeof quoted, word), p->devices);
    else
        siam_hint(e, "simsiam doctor --device %s", siam_format_word(quoted, sizeof quoted, word));
    return SIAM_E_UNSUPPORTED;
}

siam_code siam_trust_platform(const siam_place *p, siam_pjrt *device, siam_err *e)
{
    char text[512];
    siam_pjrt_describe(device, text, sizeof text);
    if (!p->kind->own_memory || strncmp(text, "cpu,", 4))
        return SIAM_OK;
    siam_fail(e, SIAM_E_UNSUPPORTED, "the plug-in '%s' is for processors, not for the device %s", p->plugin, p->device);
    siam_hint(e, "--device auto, or the path of another plug-in");
    return SIAM_E_UNSUPPORTED;
}

siam_code siam_trust_device(siam_trust *t, const siam_place *p, siam_err *e)
{
    siam_pjrt *device;
    char key[KEY_MAX];
    *t = (siam_trust){0};
    SIAM_ASSERT(p->device);
    const siam_devices which = siam_place_devices(p);
    SIAM_TRY(siam_pjrt_open(&device, &which, e));
    key_of(p, device, key, sizeof key);
    siam_code rc = siam_trust_platform(p, device, e);
    if (!rc && !kept(t, key))
        rc = compare(t, p, device, e);
    if (!rc && !t->before)
        siam_trust_keep(t, p, device);
    siam_pjrt_close(&device);
    return rc;
}

const char *siam_trust_text(const siam_trust *t, char *buf, size_t n)
{
    snprintf(buf, n, "%d operations agree with the reference there, worst difference %.1g (%s)", t->operations, t->worst,
             t->before   ? "as compared before"
             : t->unkept ? "compared now, and again the next time: the cache cannot be written"
                         : "compared now, once");
    return buf;
}
