/* The end of vec_body.h. No include guard on purpose. */
#undef VEC
#undef BITS
#undef LOAD
#undef STORE
#undef WHERE
#undef RELU
#undef SELECT
#undef INLINE
