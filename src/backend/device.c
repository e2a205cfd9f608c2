/* What is asked of a device when it is opened: its name, its kernels' timings, its number types. */
#include "backend/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/system.h"

void siam_machine_name(const siam_backend *b, char *buf, size_t n)
{
    char cpu[256], backend[256] = "";
    siam_cpu_model(cpu, sizeof cpu);
    b->type->describe(b, backend, sizeof backend);
    snprintf(buf, n, "%s | %s", cpu, backend);
}

siam_code siam_device_open(siam_backend **out, const char *name, int threads, const siam_comm *c, int sharers, siam_err *e)
{
    if (c->size > 1 && !threads) {
        threads = siam_cpu_count() / sharers;
        threads = threads ? threads : 1;
    }
    SIAM_TRY(siam_backend_open(out, name, threads, e));
    siam_backend_join(*out, c);
    return SIAM_OK;
}

/* ---- timed choices ---- */

static bool cache_path(const char *machine, const char *plan, char *path, size_t n)
{
    if (strcmp(plan, "auto"))
        return snprintf(path, n, "%s", plan) < (int)n;
    return siam_tuner_default_path(machine, path, n);
}

static siam_code load_all(siam_tuner *t, const char *machine, const char *plan, const char *own, siam_err *e)
{
    char path[4096];
    const bool named = strcmp(plan, "auto") != 0;
    if (own)
        SIAM_TRY(siam_tuner_load(t, own, true, NULL, e));
    if (!strcmp(plan, "fixed") || !cache_path(machine, plan, path, sizeof path))
        return SIAM_OK;
    siam_err damaged = {0};
    const siam_code rc = siam_tuner_load(t, path, !named, NULL, &damaged);
    if (rc && named) { /* a file the user named must be good; the cache is only a cache */
        if (e)
            *e = damaged;
        return rc;
    }
    return SIAM_OK;
}

siam_code siam_tuning_open(siam_tuner **out, const siam_backend *b, const char *plan, const char *own, siam_err *e)
{
    char machine[512];
    siam_machine_name(b, machine, sizeof machine);
    SIAM_TRY(siam_tuner_create(out, machine, strcmp(plan, "fixed") != 0, e));
    const siam_code rc = load_all(*out, machine, plan, own, e);
    if (rc)
        siam_tuner_destroy(out);
    return rc;
}

void siam_tuning_remember(const siam_tuner *t, const siam_backend *b, const char *plan)
{
    char machine[512], path[4096];
    siam_machine_name(b, machine, sizeof machine);
    if (strcmp(plan, "fixed") && cache_path(machine, plan, path, sizeof path))
        siam_tuner_remember(t, path, strcmp(plan, "auto") != 0, NULL);
}

siam_code siam_tuning_share(siam_tuner *t, const siam_comm *c, siam_err *e)
{
    char *text = NULL;
    uint64_t n = 0;
    siam_err why = {0};
    if (c->size == 1)
        return SIAM_OK;
    const siam_code used = c->rank == 0 ? siam_tuner_used(t, &text, &why) : SIAM_OK;
    if (text)
        n = strlen(text) + 1;
    siam_code rc = c->type->broadcast(c, 0, &n, sizeof n, e); /* 0: it has failed, which all learn in the next meeting */
    if (used) {
        if (!rc && e)
            *e = why;
        return used;
    }
    if (!rc && !n)
        return SIAM_OK;
    if (!rc && !text && !(text = calloc(n + 1, 1)))
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the choices of kernels");
    if (!rc)
        rc = c->type->broadcast(c, 0, text, n, e);
    if (!rc && c->rank)
        rc = siam_tuner_take(t, text, e);
    free(text);
    return rc;
}

void siam_tuning_tell(const siam_tuner *t, const char *before, FILE *out)
{
    const char *text;
    for (int i = 0; (text = siam_tuner_warning(t, i)); i++)
        fprintf(out, "%swarning: %s\n", before, text);
}

/* ---- number types ---- */

/* bfloat16 pays only where the processor multiplies it: elsewhere every convolution widens and rounds its maps. */
siam_code siam_precision_map_type(siam_dtype *map_type, const siam_backend *b, int32_t precision, bool force, siam_err *e)
{
    char why[160] = "";
    *map_type = precision == SIAM_PRECISION_BF16 ? SIAM_BF16 : SIAM_F32;
    if (*map_type == SIAM_F32)
        return SIAM_OK;
    const int able = b->type->bf16 ? b->type->bf16(b, why, sizeof why) : 0;
    if (!able) {
        siam_fail(e, SIAM_E_UNSUPPORTED, "device '%s' has no bfloat16 feature maps", b->type->name);
        siam_hint(e, "--precision fp32");
        return SIAM_E_UNSUPPORTED;
    }
    if (able == 1 && !force) {
        siam_fail(e, SIAM_E_UNSUPPORTED, "bf16 would be slower than fp32 here: %s", why);
        siam_hint(e, "--precision fp32, or --force for half the memory at that price");
        return SIAM_E_UNSUPPORTED;
    }
    return SIAM_OK;
}
