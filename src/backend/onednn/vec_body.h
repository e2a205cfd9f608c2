/* Vectors of LANES floats, in GCC's vector extensions; included by the kernel bodies once per (ISA, LANES), undone by
 * vec_done.h. No include guard on purpose. */

typedef float F(vec) __attribute__((vector_size(4 * LANES)));
typedef int32_t F(bits) __attribute__((vector_size(4 * LANES)));
typedef float F(mem) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define VEC F(vec)
#define BITS F(bits)
#define LOAD(p) ((VEC)(*(const F(mem) *)(p)))
#define STORE(p, v) (*(F(mem) *)(p) = (v))
#define WHERE(mask, v) ((VEC)((mask) & (BITS)(v))) /* mask ? v : 0 */
#define RELU(v) WHERE(~((v) <= 0.0f), v)           /* keeps NaN, as torch */
#define SELECT(mask, a, b) ((VEC)(((mask) & (BITS)(a)) | (~(mask) & (BITS)(b))))
#define INLINE static inline __attribute__((always_inline))
