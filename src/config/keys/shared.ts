/** Numbers that several sections use. */

/** Default of parallels. */
export const PARALLELS = 16;

/** Defaults that count episodes, with use_rnn. */
export const EPISODES = { buffer_size: 5000, batch_size: 32 };

/** Hidden layers. Wider ones and more of them fit into no engine's memory. */
export const HIDDEN = { min: 1, max: 1_000_000, most: 100 };

/** Seeds have 32 bits, the limit of the NumPy seeding that XuanCe calls. */
export const SEED = { min: 0, max: 4294967295 };
