/** Numbers that keys of several sections name. */

/** Default of parallels. */
export const PARALLELS = 16;

/** Seeds fit in 32 bits, as NumPy's legacy seeding (which XuanCe calls) requires. */
export const SEED = { min: 0, max: 4294967295 };
