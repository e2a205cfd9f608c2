/* Counting file names by their endings, and data sets in words. */
#include "data/describe.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/format.h"
#include "image/codec.h"

enum { SHOWN = 9 /* kinds */ };

void siam_description_add(siam_description *s, const char *name)
{
    char ending[sizeof s->kind[0].ending] = "";
    const char *dot = strrchr(name, '.');
    int i = 0;

    s->files++;
    if (dot && dot != name && strlen(dot) < sizeof ending)
        for (; dot[i]; i++)
            ending[i] = (char)tolower((unsigned char)dot[i]);
    ending[i] = '\0';
    for (i = 0; i < s->kinds && strcmp(s->kind[i].ending, ending) != 0; i++)
        ;
    if (i == SIAM_SURVEY_KINDS)
        return; /* counted among the files; too many kinds to name them all */
    if (i == s->kinds) {
        memcpy(s->kind[i].ending, ending, sizeof ending);
        s->kind[s->kinds++].count = 0;
    }
    s->kind[i].count++;
}

bool siam_description_folder(siam_description *s, const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *d;
    char full[4096];

    if (!dir)
        return false;
    while ((d = readdir(dir))) {
        if (d->d_name[0] == '.')
            continue;
        if (siam_path_join(full, sizeof full, path, d->d_name) && siam_path_is_dir(full))
            s->folders++;
        else
            siam_description_add(s, d->d_name);
    }
    closedir(dir);
    return true;
}

/* The most common kind not named yet, -1 = none left. */
static int most_common(const siam_description *s, unsigned named)
{
    int best = -1;

    for (int i = 0; i < s->kinds; i++)
        if (!(named >> i & 1) && (best < 0 || s->kind[i].count > s->kind[best].count))
            best = i;
    return best;
}

void siam_description_text(const siam_description *s, char text[SIAM_SURVEY_TEXT])
{
    char n[32];
    size_t at = 0;
    unsigned named = 0;

    text[0] = '\0';
    if (s->folders)
        at += (size_t)snprintf(text, SIAM_SURVEY_TEXT, "%s folder%s",
                               siam_format_count(n, sizeof n, s->folders), s->folders == 1 ? "" : "s");
    if (s->files)
        at += (size_t)snprintf(text + at, SIAM_SURVEY_TEXT - at, "%s%s file%s", s->folders ? " and " : "",
                               siam_format_count(n, sizeof n, s->files), s->files == 1 ? "" : "s");
    for (int shown = 0; shown < SHOWN; shown++) {
        const int i = most_common(s, named);
        if (i < 0)
            break;
        named |= 1u << i;
        at += (size_t)snprintf(text + at, SIAM_SURVEY_TEXT - at, "%s%s %s", shown ? ", " : " (",
                               siam_format_count(n, sizeof n, s->kind[i].count),
                               s->kind[i].ending[0] ? s->kind[i].ending : "without an ending");
    }
    if (named)
        snprintf(text + at, SIAM_SURVEY_TEXT - at, "%s", s->kinds > SHOWN ? ", ...)" : ")");
    if (text[0] == '\0')
        snprintf(text, SIAM_SURVEY_TEXT, "nothing");
}

int64_t siam_description_images(const siam_description *s)
{
    int64_t n = 0;
    for (int i = 0; i < s->kinds; i++)
        n += siam_image_is_name(s->kind[i].ending) ? s->kind[i].count : 0;
    return n;
}

int64_t siam_description_archives(const siam_description *s)
{
    static const char *const archive[] = {".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".zst", ".xz", ".txz", ".bz2", ".lz4"};
    int64_t n = 0;
    for (int i = 0; i < s->kinds; i++)
        for (size_t k = 0; k < sizeof archive / sizeof archive[0]; k++)
            n += strcmp(s->kind[i].ending, archive[k]) ? 0 : s->kind[i].count;
    return n;
}

void siam_dataset_describe_again(siam_dataset_info *info, siam_split split)
{
    char n[32], c[32], classes[128] = "no labels", size[48] = "";
    const char *name = info->name, *labels = info->labels;

    if (info->classes && labels)
        snprintf(classes, sizeof classes, "%s classes, labels from %.40s%s", siam_format_count(c, sizeof c, info->classes), labels,
                 info->train_only ? ", none held out" : "");
    else if (info->classes)
        snprintf(classes, sizeof classes, "%d classes", info->classes);
    if (!labels)
        snprintf(size, sizeof size, "%dx%d px, ", info->width, info->height);
    snprintf(info->described, sizeof info->described, "%.64s, %s %s image%s, %s%s", name, siam_format_count(n, sizeof n, info->count),
             split == SIAM_SPLIT_TRAIN ? "training" : "test", info->count == 1 ? "" : "s", size, classes);
}

void siam_dataset_describe(siam_dataset_info *info, const char *name, siam_split split)
{
    info->name = name;
    siam_dataset_describe_again(info, split);
}

void siam_dataset_describe_files(siam_dataset_info *info, const char *name, const char *labels, siam_split split)
{
    info->labels = labels;
    siam_dataset_describe(info, name, split);
}
