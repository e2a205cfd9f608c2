/* The pictures of the embedded data set. Class = what repeats over the whole image: six shapes on a jittered
 * grid, four textures. Everything else is drawn at random per image or per shape: colours, which side of the
 * contrast is light, scale, rotation, position, a background of gradients, soft blobs and noise. The class is
 * thus in every crop and survives flips and changes of colour, while single pixels say little about it.
 *
 * Coordinates: the image is the unit square; distances are signed, negative inside, and edges are made smooth
 * over one pixel of coverage. Only + - * / and sqrt of IEEE floats, whose results are the same everywhere. */
#include "data/synth.h"

#include <math.h>
#include <stdbool.h>

const char *const siam_synth_names[SIAM_SYNTH_CLASSES] = {
    "discs", "rings", "triangles", "crosses", "squares", "stars", "stripes", "checker", "zigzag", "blobs"};
enum { SHAPES = 6, LATTICE = 12 };

typedef struct vec2 {
    float x, y;
} vec2;

typedef struct colour {
    float c[3];
} colour;

static float uniform(siam_rng *r, float lo, float hi) { return lo + (hi - lo) * (float)siam_rng_unit(r); }

static bool chance(siam_rng *r, float p) { return uniform(r, 0, 1) < p; }

static float clamp(float v, float lo, float hi) { return v < lo ? lo : v > hi ? hi : v; }

static float mix(float a, float b, float t) { return a + (b - a) * t; }

static float dot(vec2 a, vec2 b) { return a.x * b.x + a.y * b.y; }

/* A random rotation as (cos, sin): a point of the unit disc by rejection, normalised. */
static vec2 random_turn(siam_rng *r)
{
    for (;;) {
        const vec2 p = {uniform(r, -1, 1), uniform(r, -1, 1)};
        const float n = dot(p, p);
        if (n > 0.01f && n <= 1)
            return (vec2){p.x / sqrtf(n), p.y / sqrtf(n)};
    }
}

static vec2 turn(vec2 p, vec2 cs) { return (vec2){cs.x * p.x - cs.y * p.y, cs.y * p.x + cs.x * p.y}; }

/* ---- colours ------------------------------------------------------------------------------------------ */

static float luma(const colour *k) { return 0.299f * k->c[0] + 0.587f * k->c[1] + 0.114f * k->c[2]; }

/* A random hue and saturation at about the given luma. */
static colour random_colour(siam_rng *r, float light)
{
    colour k;
    const float saturation = uniform(r, 0, 1);

    for (int i = 0; i < 3; i++)
        k.c[i] = uniform(r, 0, 1);
    const float l = luma(&k);
    for (int i = 0; i < 3; i++)
        k.c[i] = clamp(light + saturation * (k.c[i] - l), 0, 1);
    return k;
}

/* A light value that differs from `from` by 0.3 to 0.55, on either side where there is room. */
static float contrasting(siam_rng *r, float from)
{
    const float by = uniform(r, 0.3f, 0.55f);
    const bool up = from < 0.35f || (from < 0.65f && chance(r, 0.5f));
    return clamp(up ? from + by : from - by, 0, 1);
}

static colour colour_mix(const colour *a, const colour *b, float t)
{
    return (colour){{mix(a->c[0], b->c[0], t), mix(a->c[1], b->c[1], t), mix(a->c[2], b->c[2], t)}};
}

/* A colour at every corner, bilinear in between. */
typedef struct field {
    colour corner[4];
} field;

static colour field_at(const field *f, vec2 p)
{
    const colour top = colour_mix(&f->corner[0], &f->corner[1], p.x);
    const colour bottom = colour_mix(&f->corner[2], &f->corner[3], p.x);
    return colour_mix(&top, &bottom, p.y);
}

/* ---- smooth noise -------------------------------------------------------------------------------------- */

typedef struct noise { /* random values on a lattice of `cells` over the unit square */
    float value[LATTICE][LATTICE];
    float cells;
} noise;

static void noise_init(noise *n, siam_rng *r, float cells)
{
    n->cells = cells;
    for (int y = 0; y < LATTICE; y++)
        for (int x = 0; x < LATTICE; x++)
            n->value[y][x] = uniform(r, -1, 1);
}

static float noise_at(const noise *n, vec2 p)
{
    const float x = clamp(p.x * n->cells, 0, LATTICE - 1.001f),
                y = clamp(p.y * n->cells, 0, LATTICE - 1.001f);
    const int i = (int)x, j = (int)y;
    float u = x - (float)i, v = y - (float)j;

    u = u * u * (3 - 2 * u); /* smoothstep: no creases at the lattice lines */
    v = v * v * (3 - 2 * v);
    return mix(mix(n->value[j][i], n->value[j][i + 1], u), mix(n->value[j + 1][i], n->value[j + 1][i + 1], u),
               v);
}

/* ---- the canvas ---------------------------------------------------------------------------------------- */

typedef struct canvas {
    uint8_t *rgb; /* size x size x 3 */
    int size;
} canvas;

static vec2 centre_of(const canvas *c, int x, int y)
{
    return (vec2){((float)x + 0.5f) / (float)c->size, ((float)y + 0.5f) / (float)c->size};
}

/* Part of a pixel that lies inside an edge at signed distance d (unit square). */
static float coverage(const canvas *c, float d) { return clamp(0.5f - d * (float)c->size, 0, 1); }

static colour get(const canvas *c, int x, int y)
{
    const uint8_t *p = c->rgb + 3 * ((int64_t)y * c->size + x);
    return (colour){{p[0] / 255.0f, p[1] / 255.0f, p[2] / 255.0f}};
}

static void put(canvas *c, int x, int y, const colour *k)
{
    uint8_t *p = c->rgb + 3 * ((int64_t)y * c->size + x);
    for (int i = 0; i < 3; i++)
        p[i] = (uint8_t)(clamp(k->c[i], 0, 1) * 255 + 0.5f);
}

static void blend(canvas *c, int x, int y, const colour *k, float alpha)
{
    const colour under = get(c, x, y), over = colour_mix(&under, k, alpha);
    put(c, x, y, &over);
}

/* First and one past the last pixel that an extent around `at` can touch. */
static void span(const canvas *c, float at, float radius, int *from, int *to)
{
    *from = (int)clamp((at - radius) * (float)c->size - 1, 0, (float)c->size);
    *to = (int)clamp((at + radius) * (float)c->size + 2, 0, (float)c->size);
}

/* ---- background ---------------------------------------------------------------------------------------- */

/* Soft blobs of any colour: shapes that mean nothing. */
static void draw_distractors(canvas *c, siam_rng *r)
{
    const int count = (int)siam_rng_below(r, 4);

    for (int i = 0; i < count; i++) {
        const vec2 at = {uniform(r, 0, 1), uniform(r, 0, 1)};
        const float radius = uniform(r, 0.12f, 0.4f), strength = uniform(r, 0.3f, 0.7f);
        const colour k = random_colour(r, uniform(r, 0.1f, 0.9f));
        int x0, x1, y0, y1;
        span(c, at.x, radius, &x0, &x1);
        span(c, at.y, radius, &y0, &y1);
        for (int y = y0; y < y1; y++)
            for (int x = x0; x < x1; x++) {
                const vec2 p = centre_of(c, x, y), d = {p.x - at.x, p.y - at.y};
                const float t = 1 - dot(d, d) / (radius * radius);
                if (t > 0)
                    blend(c, x, y, &k, strength * t * (2 - t));
            }
    }
}

static void draw_background(canvas *c, siam_rng *r, float light_lo, float light_hi)
{
    field bg;
    noise n;
    const float amount = uniform(r, 0, 0.25f);

    for (int i = 0; i < 4; i++)
        bg.corner[i] = random_colour(r, uniform(r, light_lo, light_hi));
    noise_init(&n, r, uniform(r, 2, 8));
    for (int y = 0; y < c->size; y++)
        for (int x = 0; x < c->size; x++) {
            const vec2 p = centre_of(c, x, y);
            const float shade = amount * noise_at(&n, p);
            colour k = field_at(&bg, p);
            for (int i = 0; i < 3; i++)
                k.c[i] += shade;
            put(c, x, y, &k);
        }
    draw_distractors(c, r);
}

/* ---- shapes: signed distance in units of the shape's radius ---------------------------------------------
 */

static float larger(float a, float b) { return a > b ? a : b; }

static float smaller(float a, float b) { return a < b ? a : b; }

static float box(vec2 p, float w, float h) { return larger(fabsf(p.x) - w, fabsf(p.y) - h); }

static vec2 reflect(vec2 p, vec2 normal) /* what lies on the normal's side of the line to the other side */
{
    const float d = 2 * larger(dot(p, normal), 0);
    return (vec2){p.x - d * normal.x, p.y - d * normal.y};
}

/* Five points: fold the plane into one tenth of it (mirrors at 108 and 36 degrees from the top, then left to
 * right), where the outline is one edge from the tip to the inner corner at 0.42 of the radius. */
static float star(vec2 p)
{
    static const vec2 mirror108 = {-0.30901699f, -0.95105652f}, mirror36 = {0.80901699f, -0.58778525f};
    static const vec2 tip = {0, 1.1f}, inner = {0.42f * 1.1f * 0.58778525f, 0.42f * 1.1f * 0.80901699f};

    p.x = fabsf(p.x);
    p = reflect(reflect(p, mirror108), mirror36);
    p.x = fabsf(p.x);
    const vec2 edge = {inner.x - tip.x, inner.y - tip.y}, out = {-edge.y, edge.x};
    const vec2 q = {p.x - tip.x, p.y - tip.y};
    return dot(q, out) / sqrtf(dot(out, out));
}

static float shape(int cls, vec2 p)
{
    static const vec2 side[3] = {{0, -1}, {0.8660254f, 0.5f}, {-0.8660254f, 0.5f}};
    switch (cls) {
    case 0: return sqrtf(dot(p, p)) - 0.85f;
    case 1: return fabsf(sqrtf(dot(p, p)) - 0.7f) - 0.2f;
    case 2: return larger(dot(p, side[0]), larger(dot(p, side[1]), dot(p, side[2]))) - 0.55f;
    case 3: return smaller(box(p, 0.95f, 0.27f), box(p, 0.27f, 0.95f));
    case 4: return fabsf(larger(fabsf(p.x), fabsf(p.y)) - 0.62f) - 0.18f;
    default: return star(p);
    }
}

static void draw_shape(canvas *c, siam_rng *r, int cls, vec2 at, float radius)
{
    const vec2 cs = random_turn(r);
    const int cx = (int)clamp(at.x * (float)c->size, 0, (float)c->size - 1);
    const int cy = (int)clamp(at.y * (float)c->size, 0, (float)c->size - 1);
    const colour under = get(c, cx, cy), k = random_colour(r, contrasting(r, luma(&under)));
    int x0, x1, y0, y1;

    span(c, at.x, 1.2f * radius, &x0, &x1);
    span(c, at.y, 1.2f * radius, &y0, &y1);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            const vec2 p = centre_of(c, x, y), q = {(p.x - at.x) / radius, (p.y - at.y) / radius};
            const float a = coverage(c, radius * shape(cls, turn(q, cs)));
            if (a > 0)
                blend(c, x, y, &k, a);
        }
}

/* Shapes on a turned grid with jittered places. */
static void draw_shapes(canvas *c, siam_rng *r, int cls)
{
    const float cell = 1 / uniform(r, 2.4f, 3.8f);
    const vec2 cs = random_turn(r), offset = {uniform(r, 0, 1), uniform(r, 0, 1)};

    for (int j = -4; j <= 4; j++)
        for (int i = -4; i <= 4; i++) {
            const vec2 g = {((float)i + offset.x + uniform(r, -0.12f, 0.12f)) * cell,
                            ((float)j + offset.y + uniform(r, -0.12f, 0.12f)) * cell};
            const vec2 t = turn(g, cs), at = {t.x + 0.5f, t.y + 0.5f};
            const float radius = cell * uniform(r, 0.38f, 0.5f);
            if (at.x > -radius && at.x < 1 + radius && at.y > -radius && at.y < 1 + radius)
                draw_shape(c, r, cls, at, radius);
        }
}

/* ---- textures: signed distance in the unit square --------------------------------------------------------
 */

/* Distance to the nearest edge of bars of period 1 and duty 1/2, in [-0.25, 0.25]. */
static float bars(float t) { return fabsf(t - floorf(t) - 0.5f) - 0.25f; }

static float texture(int cls, vec2 q, float freq, const noise *n)
{
    const vec2 p = {q.x * freq, q.y * freq};
    const float a = bars(p.x), b = bars(p.y);

    switch (cls) {
    case 6: return a / freq;
    case 7: return (a * b < 0 ? -1 : 1) * smaller(fabsf(a), fabsf(b)) * 2 / freq;
    case 8: return bars(p.x + 1.6f * fabsf(p.y * 0.6f - floorf(p.y * 0.6f) - 0.5f)) / freq;
    default: return noise_at(n, (vec2){q.x + 0.5f, q.y + 0.5f}) * 0.4f / n->cells;
    }
}

/* Two colour fields of which one is lighter throughout, one on each side of the texture's edges. */
static void draw_texture(canvas *c, siam_rng *r, int cls, bool light_on_dark)
{
    const float freq = uniform(r, 2.5f, 6), bend = uniform(r, 0, 0.08f);
    const vec2 cs = cls == 9 ? (vec2){1, 0} : random_turn(r), offset = {uniform(r, 0, 1), uniform(r, 0, 1)};
    field fg;
    noise warp, n;

    for (int i = 0; i < 4; i++)
        fg.corner[i] = random_colour(r, light_on_dark ? uniform(r, 0.6f, 1) : uniform(r, 0, 0.4f));
    noise_init(&warp, r, uniform(r, 1.5f, 3));
    noise_init(&n, r, uniform(r, 4, 9));
    for (int y = 0; y < c->size; y++)
        for (int x = 0; x < c->size; x++) {
            const vec2 p = centre_of(c, x, y);
            const float w = bend * noise_at(&warp, p);
            const vec2 t = turn((vec2){p.x - 0.5f + w, p.y - 0.5f + w}, cs);
            const vec2 q = cls == 9 ? t : (vec2){t.x + offset.x, t.y + offset.y};
            const float a = coverage(c, texture(cls, q, freq, &n));
            const colour k = field_at(&fg, p);
            if (a > 0)
                blend(c, x, y, &k, a);
        }
}

/* ---- an image -------------------------------------------------------------------------------------------
 */

/* Noise of single pixels, 16 bits of a draw per channel. */
static void add_grain(canvas *c, siam_rng *r)
{
    const float amount = uniform(r, 0, 0.12f);

    for (int y = 0; y < c->size; y++)
        for (int x = 0; x < c->size; x++) {
            uint64_t bits = siam_rng_u64(r);
            colour k = get(c, x, y);
            for (int i = 0; i < 3; i++, bits >>= 16)
                k.c[i] += amount * ((float)(bits & 0xffff) / 65536.0f - 0.5f);
            put(c, x, y, &k);
        }
}

void siam_synth_draw(uint8_t *rgb, int size, int cls, siam_rng r)
{
    canvas c = {rgb, size};

    if (cls < SHAPES) {
        draw_background(&c, &r, 0.1f, 0.9f);
        draw_shapes(&c, &r, cls);
    } else {
        const bool light_on_dark = chance(&r, 0.5f);
        draw_background(&c, &r, light_on_dark ? 0.0f : 0.6f, light_on_dark ? 0.4f : 1.0f);
        draw_texture(&c, &r, cls, light_on_dark);
    }
    add_grain(&c, &r);
}
