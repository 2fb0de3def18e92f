/** What the columns of an observation mean, where the scenario says so. */
import type { Stage } from '../stage.ts';

export interface Sight {
  readonly what: string;
  /** Columns of the agent's observation. */
  readonly at: readonly number[];
}

/** The parts of an agent's observation, numbered where they have no names. */
export function columnsOf(stage: Stage, agent: number): readonly Sight[] {
  const { obsWidth } = stage.env.spec.agents[agent]!;
  const names = stage.env.observationNames?.(agent);
  if (!names) return Array.from({ length: obsWidth }, (_, k) => ({ what: String(k + 1), at: [k] }));
  const parts: { what: string; at: number[] }[] = [];
  names.forEach((what, k) => {
    const last = parts.at(-1);
    if (last?.what === what) last.at.push(k);
    else parts.push({ what, at: [k] });
  });
  return parts;
}
