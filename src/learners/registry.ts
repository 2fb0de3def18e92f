/** Algorithms by the values of the key `agent` (config/keys/task.ts). */
import type { Algorithm } from './algorithm.ts';
import { IDDPG } from './iddpg.ts';
import { ISAC } from './isac.ts';
import { MADDPG } from './maddpg.ts';
import { MASAC } from './masac.ts';
import { MATD3 } from './matd3.ts';
import type { AlgorithmName } from '../config/keys/task.ts';

/** Algorithms by name: the built-in ones and any that a program adds. */
export type AlgorithmTable = Readonly<Record<string, Algorithm>>;

/** The built-in algorithms. */
export const ALGORITHMS = { MADDPG, MATD3, IDDPG, ISAC, MASAC } satisfies Record<AlgorithmName, Algorithm>;
