/* Counter-based random numbers: a stream is a pure function of its key, so results do not depend
 * on thread count, worker order or where a run was resumed.
 *
 * Definition (all arithmetic modulo 2^64), so that another language can reproduce a stream:
 *   G      = 0x9e3779b97f4a7c15
 *   mix(z) = z ^= z>>30; z *= 0xbf58476d1ce4e5b9; z ^= z>>27; z *= 0x94d049bb133111eb; z ^= z>>31
 *   key    = seed; for w in (epoch, sample, view<<32 | op): key = mix((key ^ w) + G)
 *   u64 #i = mix(key + (i + 1) * G),  i = 0, 1, 2 ...          (splitmix64 seeded with key)
 *   u32    = u64 >> 32;  unit = (u64 >> 11) * 2^-53  in [0, 1) */
#ifndef SIAM_BASE_RNG_H
#define SIAM_BASE_RNG_H

#include <stdint.h>

typedef struct siam_rng {
    uint64_t key, ctr;
} siam_rng;

/* What a stream is for; part of the key, so that two uses never share numbers. */
enum siam_rng_op {
    SIAM_RNG_INIT = 1,   /* parameter initialisation; sample = siam_rng_name(parameter name) */
    SIAM_RNG_SHUFFLE,    /* order of an epoch */
    SIAM_RNG_SUBSET = 8, /* deterministic subsets (kNN bank); 3 to 7 are those of augmentations */
    SIAM_RNG_SYNTH,      /* drawing the embedded data set */
    SIAM_RNG_TEST,
    SIAM_RNG_REPLACE,    /* what stands in for an image that cannot be read; view = attempt */
    SIAM_RNG_AUGMENT = 32 /* from here on each augmentation has its own, said in its row (data/augment.h) */
};

siam_rng siam_rng_key(uint64_t seed, uint64_t epoch, uint64_t sample, uint32_t view, uint32_t op);
uint64_t siam_rng_u64(siam_rng *r);
uint32_t siam_rng_u32(siam_rng *r);
double siam_rng_unit(siam_rng *r);                         /* [0, 1), 53 bits */
double siam_rng_uniform(siam_rng *r, double lo, double hi); /* lo + (hi - lo) * unit */
/* Uniform integer in [0, n), n >= 1: (u32 * n) >> 32 (bias below 2^-32 n, accepted). */
uint32_t siam_rng_below(siam_rng *r, uint32_t n);
/* Element i of the stream's standard normals (Box-Muller in double, cosine branch):
 * sqrt(-2 ln u1) cos(2 pi u2), u1 = ((u64 #2i >> 11) + 0.5) 2^-53, u2 = (u64 #2i+1 >> 11) 2^-53.
 * Does not advance the stream. */
double siam_rng_normal_at(const siam_rng *r, uint64_t i);
/* FNV-1a 64 of a name (offset 14695981039346656037, prime 1099511628211), to key by name. */
uint64_t siam_rng_name(const char *name);

#endif
