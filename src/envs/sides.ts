/** Sides: which teams play together against which others, as environments declare it. */
import { teamsOf } from '../core/joint-spec.ts';
import type { VectorEnv } from './vector-env.ts';

/** Teams that share their opponents. */
export interface Side {
  /** Its teams joined by +: `bob+alice`. */
  readonly name: string;
  readonly teams: readonly string[];
  /** Indices of its agents. */
  readonly agents: readonly number[];
}

/** The sides of an environment; one if all of its teams cooperate. */
export function sidesOf({ spec, sides }: Pick<VectorEnv, 'spec' | 'sides'>): Side[] {
  const present = teamsOf(spec.agents);
  return (sides ?? present.map((team) => [team]))
    .map((declared) => declared.filter((team) => present.includes(team)))
    .filter((teams) => teams.length > 0)
    .map((teams) => ({
      name: teams.join('+'),
      teams,
      agents: spec.agents.flatMap(({ team }, i) => (teams.includes(team) ? [i] : [])),
    }));
}
