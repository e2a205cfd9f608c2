/* What a model file gives for tensors that another program made.
 *
 *   interop_features MODEL N SIZE IN OUT PART...
 *
 * IN: N x C x SIZE x SIZE float32, NCHW. OUT: for each PART (features, z, p or logits) N rows of float32. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "forward.h"

static siam_code run(forward *f, const char *in, int n, int size, siam_err *e)
{
    const size_t want =
        sizeof(float) * (size_t)n * (size_t)f->enc->cfg.in_channels * (size_t)size * (size_t)size;
    char *data;
    size_t have;
    SIAM_TRY(siam_file_read(in, want, &data, &have, e));
    if (have == want)
        memcpy(siam_plan_input(f->plan), data, want);
    free(data);
    if (have != want)
        return siam_fail(e, SIAM_E_DATA, "'%s' has %zu bytes, not %zu", in, have, want);
    return siam_plan_forward(f->plan, e);
}

static siam_code write_parts(const forward *f, const char *path, char **part, siam_err *e)
{
    FILE *out;
    SIAM_TRY(siam_file_stream(&out, path, 'w', e));
    bool ok = true;
    for (; *part; part++) {
        size_t n;
        const float *x = forward_part(f, *part, &n);
        ok &= fwrite(x, sizeof *x, n, out) == n;
    }
    ok &= !fclose(out);
    return ok ? SIAM_OK : siam_fail(e, SIAM_E_IO, "cannot write '%s'", path);
}

int main(int argc, char **argv)
{
    forward f;
    siam_err e = {0};
    unsigned parts = 0;
    if (argc < 7) {
        fprintf(stderr, "usage: interop_features MODEL N SIZE IN OUT PART...\n");
        return 2;
    }
    for (int i = 6; i < argc; i++)
        parts |= part_of(argv[i]);
    const int n = (int)strtol(argv[2], NULL, 10), size = (int)strtol(argv[3], NULL, 10);
    siam_code rc = forward_open(&f, argv[1], n, size, parts, &e);
    if (!rc)
        rc = run(&f, argv[4], n, size, &e);
    if (!rc)
        rc = write_parts(&f, argv[5], argv + 6, &e);
    forward_release(&f);
    if (rc)
        fprintf(stderr, "interop_features: %s\n", e.msg);
    return rc ? 1 : 0;
}
