/* The list of backbone families. */
#include "nn/backbone.h"

#include <string.h>

#define SIAM_ROW(x) extern const siam_backbone siam_backbone_##x;
#include "nn/backbones.def"
#undef SIAM_ROW

const siam_backbone *const siam_backbones[] = {
#define SIAM_ROW(x) &siam_backbone_##x,
#include "nn/backbones.def"
#undef SIAM_ROW
    NULL};

bool siam_backbone_shows_conv(siam_backbone_shown *shown, const siam_desc *first)
{
    if (first->ndim != 4 || first->dim[0] < 1 || first->dim[0] > 1024 || first->dim[1] < 1 || first->dim[1] > 16)
        return false;
    *shown = (siam_backbone_shown){(int)first->dim[1], (int)first->dim[0], first->dim[2] == 3};
    return true;
}

const siam_backbone *siam_backbone_find(const char *arch, int *variant)
{
    for (int i = 0; siam_backbones[i]; i++)
        for (int v = 0; siam_backbones[i]->variants[v]; v++)
            if (!strcmp(siam_backbones[i]->variants[v], arch)) {
                *variant = v;
                return siam_backbones[i];
            }
    return NULL;
}
