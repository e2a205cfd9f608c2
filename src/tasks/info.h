/* simsiam info: what a recipe, an architecture, a model file or a run folder is. */
#ifndef SIAM_TASKS_INFO_H
#define SIAM_TASKS_INFO_H

#include <stdbool.h>
#include <stdio.h>

#include "model/encoder.h"

/* ask->model: a recipe, a named model, an architecture ("resnet18"), a .yaml file, a checkpoint, or a run folder. JSON: name,
 * parameters (trainable numbers), flops (multiply-adds of the backbone as SPEC 1.3 counts them, null when the
 * file does not say which architecture it is), layers (a list). A missing path: SIAM_E_NOTFOUND; a file whose
 * tensors are not those of the architecture it names: SIAM_E_DATA. ask->rename and part are about a checkpoint. */
siam_code siam_info(const siam_model_ask *ask, bool json, FILE *out, siam_err *e);
/* The YAML text of a recipe. */
siam_code siam_info_yaml(const char *recipe, FILE *out, siam_err *e);

#endif
