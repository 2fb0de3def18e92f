// The two halves of four float32 as float64.

@inline
export function lower(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

@inline
export function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
}
