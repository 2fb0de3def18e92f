/** The algorithms by the name that the key `agent` uses. Adding one: its file, and a line here and in the keys table. */
import type { Algorithm } from './algorithm.ts';
import { IDDPG } from './iddpg.ts';
import { ISAC } from './isac.ts';
import { MADDPG } from './maddpg.ts';
import { MASAC } from './masac.ts';
import { MATD3 } from './matd3.ts';

export const ALGORITHMS = { MADDPG, MATD3, IDDPG, ISAC, MASAC } satisfies Readonly<Record<string, Algorithm>>;

export type AlgorithmName = keyof typeof ALGORITHMS;
