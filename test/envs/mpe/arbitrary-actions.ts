/** Random actions for tests, seeded. */
import { FastStream } from '../../../src/core/random.ts';
import type { Action, ParallelEnv } from '../../../src/envs/parallel-env.ts';
import type { VectorEnv } from '../../../src/envs/vector-env.ts';

/** A source of joint actions [E, SA] with numbers in [-0.2, 1.2): out of bounds for a Box, scores for a Discrete. */
export function jointActions(env: VectorEnv, seed: number): () => Float32Array {
  const stream = new FastStream(seed, 'test actions');
  return () =>
    Float32Array.from({ length: env.count * env.spec.actTotal }, () => 1.4 * stream.double() - 0.2);
}

/** The actions of environment e in ParallelEnv's format. */
export function namedActions(env: VectorEnv, actions: Float32Array, e: number): Record<string, Action> {
  const { agents, actOffsets, actTotal } = env.spec;
  return Object.fromEntries(
    agents.map(({ name, actWidth, actionKind }, i): [string, Action] => {
      const start = e * actTotal + actOffsets[i]!;
      const row = actions.slice(start, start + actWidth);
      return [name, actionKind === 'box' ? row : row.indexOf(Math.max(...row))];
    }),
  );
}

/** The same action for every agent of a ParallelEnv. */
export function allDo(env: ParallelEnv, action: Action): Record<string, Action> {
  return Object.fromEntries(env.agents.map((name) => [name, action]));
}
