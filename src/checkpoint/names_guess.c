/* Rules of renaming to offer for a file whose names are nearly those of a known project. */
#include <stdio.h>
#include <string.h>

#include "checkpoint/names_table.h"

enum {
    NAMES_MOST = 4096, /* of a file; each rule is tried on all of them */
    RULES_SHOWN = 480  /* characters that a hint has room for */
};

/* What others call the parts of a ResNet. Each rule that fits a name is taken, in this order. */
static const char *const spellings[] = {
    "s/(layer[1-4])[.](blocks?|layers|units?)[.]/\\1./",
    "s/(^|[.])(stem|stem_conv|root)[.](0|conv|conv1)[.]/\\1conv1./",
    "s/(^|[.])(stem|root)[.](1|bn|bn1|norm|norm1)[.]/\\1bn1./",
    "s/(^|[.])(stem|root)[.]/\\1/",
    "s/(^|[.])conv1[.]0[.]/\\1conv1./",
    "s/(^|[.])conv1[.]1[.]/\\1bn1./",
    "s/(^|[._])(batch_?norm|norm)_?([1-3])[.]/\\1bn\\3./",
    "s/(^|[._])(conv|bn)_([1-3])[.]/\\1\\2\\3./",
    "s/[.](gamma|scale)$/.weight/",
    "s/[.](beta|offset)$/.bias/",
    "s/[.](moving|run)_?mean$/.running_mean/",
    "s/[.](moving|run)_?var(iance)?$/.running_var/",
    "s/[.](shortcut|skip|identity|residual|proj|projection)([.](0|1|conv|bn|norm)[.])/.downsample\\2/",
    "s/downsample[.]conv[.]/downsample.0./",
    "s/downsample[.](bn|norm)[.]/downsample.1./",
};
/* Its four stages: what stands before their numbers, which begin with 0, 1 or 2. */
static const char *const stages[] = {"stages[.]", "stages", "stage_", "stage",   "groups[.]", "group", "blocks[.]",
                                     "block_",    "block",  "layer_", "layers[.]", "layers",    "res"};
/* Put one more rule behind the others if with it all of them fit. */
static bool take(const siam_names_read *m, const char *given, char rule[static SIAM_KEY_RULE], const char *more)
{
    char all[2 * SIAM_KEY_RULE];
    const size_t n = strlen(rule);
    if (snprintf(all, sizeof all, "%s%s%s%s%s", given, *given ? " " : "", rule, n ? " " : "", more) >= (int)sizeof all ||
        n + strlen(more) + 2 > SIAM_KEY_RULE || !siam_names_read_renames(m, all))
        return false;
    snprintf(rule + n, SIAM_KEY_RULE - n, "%s%s", n ? " " : "", more);
    return true;
}

/* Rules for the stages, if there are some of that name that begin with that number and are four. */
static bool take_stages(const siam_names_read *m, const char *given, char rule[static SIAM_KEY_RULE], const char *name, int first)
{
    char one[128], probe[SIAM_KEY_RULE] = "";
    for (int k = 0; k < 4; k++) {
        snprintf(one, sizeof one, "s/(^|[.])%s%d[.]/\\1layer%d./", name, first + k, k + 1);
        if (!take(m, given, probe, one))
            return false;
    }
    if (first != 1)
        return take(m, given, rule, probe);
    snprintf(one, sizeof one, "s/(^|[.])%s([1-4])[.]/\\1layer\\2./", name);
    return take(m, given, rule, one);
}

bool siam_names_read_guess(const siam_names_read *m, const char *rename, const char *part, char rule[static SIAM_KEY_RULE])
{
    const char *given = rename ? rename : "";
    bool counted = false;
    rule[0] = '\0';
    if (m->n > NAMES_MOST)
        return false;
    for (size_t i = 0; i < sizeof stages / sizeof *stages && !counted; i++)
        for (int first = 0; first < 3 && !counted; first++)
            counted = take_stages(m, given, rule, stages[i], first);
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        take(m, given, rule, spellings[i]);
    return rule[0] && siam_names_read_works(m->c, rename, part, rule, "backbone.layer4.0.bn1.running_var") &&
           strlen(rule) < RULES_SHOWN;
}
