/** Builds of the kernels, which differ in multiplyAdd only. AssemblyScript compiles this file too. */

/** Fused in hardware, by relaxed SIMD. */
export const fused = 0;
/** The same bits in software, 15 to 25 times slower. */
export const emulated = 1;
/** Product and sum rounded separately. */
export const plain = 2;
