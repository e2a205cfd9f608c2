/* A run goes on with the images it began with: their fingerprint is a part of its state. */
#include "base/check.h"
#include "base/format.h"
#include "train/session.h"

void siam_session_data_fields(siam_field f[SIAM_DATA_FIELDS], siam_fingerprint *p, bool held_out)
{
    const siam_field all[2][SIAM_DATA_FIELDS] = {
        {{.key = "siam.data.images", .whole = &p->images, .optional = true},
         {.key = "siam.data.files", .whole = &p->files, .optional = true},
         {.key = "siam.data.order", .whole = &p->order, .optional = true},
         {.key = "siam.data.labels", .whole = &p->labels, .optional = true}},
        {{.key = "siam.held_out.images", .whole = &p->images, .optional = true},
         {.key = "siam.held_out.files", .whole = &p->files, .optional = true},
         {.key = "siam.held_out.order", .whole = &p->order, .optional = true},
         {.key = "siam.held_out.labels", .whole = &p->labels, .optional = true}}};
    for (int i = 0; i < SIAM_DATA_FIELDS; i++)
        f[i] = all[held_out][i];
}

void siam_session_hint_data(const siam_optset *set, siam_err *e)
{
    const siam_config *c = set->cfg;
    char afresh[2 * SIAM_PATH_MAX], word[2 * SIAM_PATH_MAX];
    siam_hint(e,
              "--data with the data set of the run as it was, or a new run: simsiam %s --data %s --out DIR",
              siam_run_afresh(afresh, sizeof afresh, siam_config_task(set), c->run_out),
              siam_format_word(word, sizeof word, c->data_path));
}

siam_code siam_session_check_data(const siam_optset *set, const siam_fingerprint *began,
                                  const siam_fingerprint *now, bool held_out, siam_err *e)
{
    char n[32], differs[96];
    const siam_config *c = set->cfg;
    if (began->images == 0 || !siam_fingerprint_differs(differs, sizeof differs, began, now))
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG,
              "the %s images of '%s' are not those this run began with: it began with %s, %s; the result "
              "would be another",
              held_out ? "held-out" : "training", c->data_path, siam_format_count(n, sizeof n, began->images),
              differs);
    siam_session_hint_data(set, e);
    return SIAM_E_CONFIG;
}
