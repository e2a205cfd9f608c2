/* The table of named models, and where their files are kept. Names, URLs and accuracies are those of
 * mmpretrain's configs/simsiam/metafile.yml; sizes are counted on our own graphs (tests/unit/test_zoo.c). */
#include "model/zoo.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define PAGE "https://download.openmmlab.com/mmselfsup/1.x/simsiam/"
#define FOLDER_100 PAGE "simsiam_resnet50_8xb32-coslr-100e_in1k/"
#define FOLDER_200 PAGE "simsiam_resnet50_8xb32-coslr-200e_in1k/"
#define LINEAR "resnet50_linear-8xb512-coslr-90e_in1k"

/* A file's name is its stem, the date it was published, and the first 8 digits of its checksum. Those 8 are all that its
 * authors publish: neither the other 56 nor the length of the file stands anywhere. They tell a damaged file from a whole one
 * and a model from another one; who looks for a file of the same 8 digits finds one. So a mirror (--from) is to be trusted as
 * much as what it serves; when the whole digest is known, it belongs here, and check() compares what there is. */
#define FILE_OF(folder, stem, sum)                                                                           \
    .url = folder stem "_20220825-" sum ".pth", .file = stem "_20220825-" sum ".pth", .sha256 = sum

const siam_zoo_model siam_zoo[] = {
    {
        .name = "simsiam_resnet50_8xb32-coslr-100e_in1k",
        .recipe = "simsiam_resnet50_8xb32-coslr-100e_in1k",
        FILE_OF(FOLDER_100, "simsiam_resnet50_8xb32-coslr-100e_in1k", "d07cb2e6"),
        .arch = "resnet50",
        .parameters = 38199360,
        .flops = 4109364224,
    },
    {
        .name = "simsiam_resnet50_8xb32-coslr-200e_in1k",
        .recipe = "simsiam_resnet50_8xb32-coslr-200e_in1k",
        FILE_OF(FOLDER_200, "simsiam_resnet50_8xb32-coslr-200e_in1k", "efe91299"),
        .arch = "resnet50",
        .parameters = 38199360,
        .flops = 4109364224,
    },
    {
        .name = "resnet50_simsiam-100e-pre_8xb512-linear-coslr-90e_in1k",
        .recipe = "resnet50_8xb512-linear-coslr-90e_in1k",
        .pretrained = "simsiam_resnet50_8xb32-coslr-100e_in1k",
        FILE_OF(FOLDER_100 LINEAR "/", LINEAR, "f53ba400"),
        .arch = "resnet50",
        .classes = 1000,
        .parameters = 25557032,
        .flops = 4111412224,
        .top1 = 68.30,
    },
    {
        .name = "resnet50_simsiam-200e-pre_8xb512-linear-coslr-90e_in1k",
        .recipe = "resnet50_8xb512-linear-coslr-90e_in1k",
        .pretrained = "simsiam_resnet50_8xb32-coslr-200e_in1k",
        FILE_OF(FOLDER_200 LINEAR "/", LINEAR, "519b5135"),
        .arch = "resnet50",
        .classes = 1000,
        .parameters = 25557032,
        .flops = 4111412224,
        .top1 = 69.80,
    },
    {.name = NULL},
};

const siam_zoo_model *siam_zoo_find(const char *name)
{
    for (const siam_zoo_model *m = siam_zoo; m->name; m++)
        if (!strcmp(m->name, name))
            return m;
    return NULL;
}

bool siam_zoo_folder(char *buf, size_t n)
{
    const char *own = getenv("SIMSIAM_MODELS");
    if (!own || !*own)
        return siam_path_cache(buf, n, "models");
    const size_t len = strlen(own);
    if (len < n) {
        memcpy(buf, own, len + 1);
        return true;
    }
    if (n > 0)
        buf[0] = '\0';
    return false;
}

bool siam_zoo_path(const siam_zoo_model *m, char *buf, size_t n)
{
    char folder[4096];
    if (siam_zoo_folder(folder, sizeof folder))
        return siam_path_join(buf, n, folder, m->file);
    if (n > 0)
        buf[0] = '\0';
    return false;
}

bool siam_zoo_here(const siam_zoo_model *m)
{
    char path[4096];
    return siam_zoo_path(m, path, sizeof path) && siam_path_exists(path) && !siam_path_is_dir(path);
}

siam_code siam_zoo_missing(const siam_zoo_model *m, siam_err *e)
{
    char path[4096];
    if (siam_zoo_path(m, path, sizeof path))
        siam_fail(e, SIAM_E_NOTFOUND, "the weights of '%s' are not here yet: there is no '%s'", m->name,
                  path);
    else
        siam_fail(e, SIAM_E_NOTFOUND,
                  "the weights of '%s' cannot be looked for: neither SIMSIAM_MODELS, XDG_CACHE_HOME nor HOME "
                  "is set",
                  m->name);
    siam_hint(e, "simsiam fetch %s", m->name);
    return SIAM_E_NOTFOUND;
}
