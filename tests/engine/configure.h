/* The configuration of a whole run, for tests; after cmocka.h. */
#ifndef SIAM_TESTS_ENGINE_CONFIGURE_H
#define SIAM_TESTS_ENGINE_CONFIGURE_H

#include "train/config.h"

/* with: keys and values up to a key that is NULL; keys that these options do not have are left out. */
static inline siam_code configure(siam_optset *set, siam_config *c, const siam_option *options, const char *const (*with)[2], siam_err *e)
{
    siam_problems problems = {0};
    *c = (siam_config){0};
    siam_optset_init(set, options, c);
    for (int i = 0; with[i][0]; i++)
        if (siam_optset_find(set, with[i][0]) >= 0)
            assert_true(siam_optset_set(set, with[i][0], with[i][1], SIAM_FROM_CLI, NULL, &problems));
    return siam_config_finish(set, e);
}

#endif
