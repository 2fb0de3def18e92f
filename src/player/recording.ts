/**
 * Recording: episodes of a policy as plain data, which player page, GIF, MP4 and PNG show. recorder.ts makes it.
 *
 * An episode of T steps has T + 1 frames; step t leads from frame t to frame t + 1.
 */
import type { Shape } from '../envs/drawing.ts';

export interface Recording {
  /** Of this format. */
  readonly version: 1;
  /** Name of the environment, `simple_spread_v3`. */
  readonly env: string;
  /** Who plays, in words. */
  readonly policy: string;
  readonly agents: readonly { readonly name: string; readonly team: string }[];
  readonly episodes: readonly Episode[];
}

export interface Episode {
  readonly seed: number;
  /** From 0, among the episodes of its seed. */
  readonly index: number;
  /** What shapes look like, each once. Empty if the environment cannot be drawn. */
  readonly looks: readonly Look[];
  /** T + 1 */
  readonly frames: readonly Frame[];
  /** T */
  readonly steps: readonly Step[];
}

type LookOf<S> = S extends Shape ? Omit<S, 'x' | 'y' | 'x1' | 'y1' | 'x2' | 'y2'> : never;

/** A shape without its place. */
export type Look = LookOf<Shape>;

export interface Frame {
  /** Index into `looks`, then x, y (of a line x1, y1, x2, y2); later shapes cover earlier ones. */
  readonly shapes: readonly (readonly number[])[];
  /** What each agent says, null for one that cannot speak, [N]; absent if none can. */
  readonly says?: readonly (readonly number[] | null)[];
}

export interface Step {
  /** Components of a Box action or the choice of a Discrete one, rounded to six digits, [N]. */
  readonly actions: readonly (readonly number[] | number)[];
  /** [N] */
  readonly rewards: readonly number[];
  /** Critics' values of observation and action, [N]; null without a critic. */
  readonly values: readonly (number | null)[];
  /** What the agents saw, rounded to six digits, [N][O_i]; only if the environment cannot be drawn. */
  readonly observations?: readonly (readonly number[])[];
}

/** The shapes of a frame. */
export function shapesOf({ looks }: Pick<Episode, 'looks'>, { shapes }: Frame): Shape[] {
  return shapes.map(([look, ...at]) => {
    const { kind } = looks[look!]!;
    const place = kind === 'line' ? { x1: at[0], y1: at[1], x2: at[2], y2: at[3] } : { x: at[0], y: at[1] };
    return { ...looks[look!], ...place } as Shape;
  });
}

/** The return of every agent, [N]: the sum of its rewards over the first `steps` steps. */
export function returnsOf({ steps }: Episode, taken = steps.length): number[] {
  const sums = steps[0]?.rewards.map(() => 0) ?? [];
  for (const { rewards } of steps.slice(0, taken)) rewards.forEach((reward, i) => (sums[i]! += reward));
  return sums;
}
