/* Counter-based random numbers; the definition is in rng.h. */
#include "base/rng.h"

#include <math.h>

static const uint64_t G = 0x9e3779b97f4a7c15u;

static uint64_t mix(uint64_t z)
{
    z ^= z >> 30;
    z *= 0xbf58476d1ce4e5b9u;
    z ^= z >> 27;
    z *= 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t at(const siam_rng *r, uint64_t i) { return mix(r->key + (i + 1) * G); }

siam_rng siam_rng_key(uint64_t seed, uint64_t epoch, uint64_t sample, uint32_t view, uint32_t op)
{
    const uint64_t word[3] = {epoch, sample, (uint64_t)view << 32 | op};
    uint64_t k = seed;
    for (int i = 0; i < 3; i++)
        k = mix((k ^ word[i]) + G);
    return (siam_rng){.key = k, .ctr = 0};
}

uint64_t siam_rng_u64(siam_rng *r) { return at(r, r->ctr++); }

uint32_t siam_rng_u32(siam_rng *r) { return (uint32_t)(siam_rng_u64(r) >> 32); }

double siam_rng_unit(siam_rng *r) { return (double)(siam_rng_u64(r) >> 11) * 0x1p-53; }

double siam_rng_uniform(siam_rng *r, double lo, double hi) { return lo + (hi - lo) * siam_rng_unit(r); }

uint32_t siam_rng_below(siam_rng *r, uint32_t n)
{
    return (uint32_t)(((uint64_t)siam_rng_u32(r) * n) >> 32);
}

double siam_rng_normal_at(const siam_rng *r, uint64_t i)
{
    const double u1 = ((double)(at(r, 2 * i) >> 11) + 0.5) * 0x1p-53;
    const double u2 = (double)(at(r, 2 * i + 1) >> 11) * 0x1p-53;
    return sqrt(-2.0 * log(u1)) * cos(2.0 * 3.14159265358979323846 * u2);
}

uint64_t siam_rng_name(const char *name)
{
    uint64_t h = 14695981039346656037u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    return h;
}
