/* Key names of other projects, in ours: backbone.*, projector.N.*, predictor.N.*, fc.*.
 *
 *   siam_names_read *m;
 *   SIAM_TRY(siam_names_read_create(&m, ckpt, NULL, NULL, e)); recognised by the names in the file, not by its name
 *   puts(siam_names_read_note(m));                          one line for people
 *   int i = siam_names_read_find(m, "backbone.conv1.weight");
 *   siam_names_read_read_f32(m, i, dst, n, e);              instead of the format's read_f32
 *   siam_names_read_destroy(&m);                            before the checkpoint is closed */
#ifndef SIAM_CHECKPOINT_NAMES_READ_H
#define SIAM_CHECKPOINT_NAMES_READ_H

#include <stdbool.h>

#include "checkpoint/checkpoint.h"
#include "tensor/param.h"

typedef struct siam_names_read siam_names_read;

/* Names that belong to none of the known projects, or two tensors that would get one name, are SIAM_E_DATA.
 *
 * rename (NULL or "": none): rules that change the file's names before they are looked at, as sed does:
 * "s/FROM/TO/", several separated by spaces or ';', applied one after the other. FROM is a POSIX extended
 * regular expression whose first match becomes TO (& the match, \1 to \9 its groups; a g behind: every
 * match). A name that becomes empty is left out. Text that is not a rule, or a rule that fits no name, is SIAM_E_USAGE.
 *
 * part (NULL or "": not said): which of several networks in the file, by what stands before its names or a dotted part
 * of that: "teacher", "encoder_q". Not said, it is the one without anything before its names, else the only one that is
 * no average or follower of another ("ema", "momentum", "target", "encoder_k"); SIAM_E_DATA lists them where that leaves
 * several. No such part: SIAM_E_USAGE.
 *
 * "module.", "_orig_mod." and the like are passed over wherever they stand. */
siam_code siam_names_read_create(siam_names_read **out, const siam_ckpt *c, const char *rename, const char *part, siam_err *e);
void siam_names_read_destroy(siam_names_read **m);
/* "facebook", "mmpretrain", "mmpretrain-linear", "torchvision", "lightly", "simsiam", "sequential" ... */
const char *siam_names_read_source(const siam_names_read *m);
/* "key names of Facebook's SimSiam: module.encoder. -> backbone., ..." */
const char *siam_names_read_note(const siam_names_read *m);
/* Our name of the checkpoint's entry i; NULL when it has none here (a counter, an optimizer's state). */
const char *siam_names_read_name(const siam_names_read *m, int i);
/* Index of the entry with that name of ours, -1 = absent. */
int siam_names_read_find(const siam_names_read *m, const char *name);
/* As the format's read_f32. Where the file has a bias in front of a BatchNorm, which has none here, the
 * running mean is read less that bias: the output is the same, because BatchNorm subtracts the mean of what
 * contains the bias. */
siam_code siam_names_read_read_f32(const siam_names_read *m, int i, float *dst, size_t n, siam_err *e);

/* A tensor with a name of ours that begins with `prefix` and cannot be read (format->obstacle) is SIAM_E_DATA, which
 * says what it is. */
siam_code siam_names_read_check(const siam_names_read *m, const char *prefix, siam_err *e);
/* A linear classifier under a name that is nobody's in particular ("head.weight" and "head.bias", of `features` inputs)
 * becomes "fc.weight" and "fc.bias", which told says. false: there is an "fc.weight" already, or no such one, or several. */
bool siam_names_read_adopt(siam_names_read *m, int64_t features);
enum { SIAM_KEY_RULE = 1024 };
/* The rules that would make the one linear layer of `features` inputs a classifier, whatever its name: those of `rename`
 * and one more, which has been tried. false: there is none, or not one alone. */
bool siam_names_read_classifier_rule(const siam_names_read *m, int64_t features, const char *rename, const char *part,
                                 char rule[static SIAM_KEY_RULE]);
/* Rules that bring usual names of a ResNet's parts ("stages.0.", "norm1.", "gamma") into those that are known here, behind those
 * of `rename`; they have been tried. false: none are known. */
bool siam_names_read_guess(const siam_names_read *m, const char *rename, const char *part, char rule[static SIAM_KEY_RULE]);
/* "head.weight, head.bias (2 tensors)": tensors of the chosen network's file that have no name of ours, less counters;
 * returns how many. */
int siam_names_read_unread(const siam_names_read *m, char *buf, size_t n);

typedef struct siam_names_read_match {
    int wanted, matched;
    int missing, reshaped; /* wanted, but not there, or of another shape */
    int unexpected;        /* there, but not wanted; without counters of batches */
    /* One line that ends without a period: "302 of the 320 tensors needed are there; missing:
     * backbone.layer4.* (18 tensors); of another shape: conv1.weight is 64x3x3x3 where 64x3x7x7 is needed; in
     * the file but not needed: fc.weight, fc.bias". Missing ones by our names, the others by the file's. */
    char text[1536];
} siam_names_read_match;
/* Compare the names and shapes of the n rows with what the file has. */
void siam_names_read_diff(const siam_names_read *m, const siam_param *want, int n, siam_names_read_match *d);

#endif
