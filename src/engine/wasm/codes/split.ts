/**
 * How an element-wise call is split into shares; `count` is the argument after the split. AssemblyScript compiles this
 * file too.
 */

/** Every share computes all `count` elements. */
export const all = 0;
/** By samples, `count` elements each. */
export const samples = 1;
/** By ranges of the `count` elements. */
export const range = 2;
