/* A file with one row per image: what it is and what the model takes it for.
 *
 * .jsonl: one object a line: index, file (null without files of their own), label, label_class, pred,
 *         pred_class, score (the probability of pred), top5 and top5_scores (arrays), and error, a sentence,
 *         where the image could not be read (pred, score and top5 are null then). Classes are the model's
 *         numbers, label_class and pred_class their names or null.
 * .csv:   the same columns with a heading line; text is quoted, top5 and top5_scores are separated by blanks,
 *         what is null above is empty. */
#ifndef SIAM_INFER_PREDS_H
#define SIAM_INFER_PREDS_H

#include "infer/classes.h"
#include "infer/classify.h"

typedef struct siam_preds siam_preds;

/* Nothing is visible under `path` before commit. An ending other than .jsonl and .csv: SIAM_E_USAGE; a path
 * that is taken: SIAM_E_EXISTS, unless `replace`. */
siam_code siam_preds_create(siam_preds **out, const char *path, bool replace, siam_err *e);
/* label: the model's class, -1 = none. */
siam_code siam_preds_add(siam_preds *w, const siam_prediction *p, const char *file, int label,
                         const siam_classes *c, siam_err *e);
siam_code siam_preds_commit(siam_preds *w, siam_err *e);
void siam_preds_destroy(siam_preds **w); /* uncommitted: leaves nothing behind */

#endif
