/* Archives that are no checkpoint: what they hold instead, and how a model in them is got out. Private to
 * src/checkpoint. */
#ifndef SIAM_CHECKPOINT_FOREIGN_H
#define SIAM_CHECKPOINT_FOREIGN_H

#include "base/infile.h"

bool siam_is_tar(const uint8_t *head, size_t n);
/* A tar archive: PyTorch's format of before version 0.1.10, or one with a model in it. */
siam_code siam_tar_refuse(const siam_infile *in, siam_err *e);
/* SIAM_E_DATA and what it is for a zip archive that is not torch.save's, else SIAM_OK. */
siam_code siam_zip_refuse(const siam_infile *in, siam_err *e);

#endif
