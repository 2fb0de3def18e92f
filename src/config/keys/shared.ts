/** Numbers that several sections use. */

/** Default of parallels. */
export const PARALLELS = 16;

/** Seeds have 32 bits, the limit of the NumPy seeding that XuanCe calls. */
export const SEED = { min: 0, max: 4294967295 };
