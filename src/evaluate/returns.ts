/** What the returns of episodes say: of all agents together, of each one, and of each team. */
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';

/** Mean and population standard deviation over episodes. */
export interface Spread {
  readonly mean: number;
  readonly std: number;
}

/** Returns of a set of episodes. `mean` is over agents and episodes, `std` over the episodes' agent means. */
export interface ReturnSummary extends Spread {
  readonly episodes: number;
  /** Normal 95 % interval of the mean; null for a single episode, which has none. */
  readonly ci95: readonly [number, number] | null;
  readonly per_agent: Readonly<Record<string, Spread>>;
  /** Mean over the agents of a team. */
  readonly per_team: Readonly<Record<string, Spread>>;
}

/** What a set of returns [episodes][N] says. */
export function summarize(spec: JointSpec, returns: readonly (readonly number[])[]): ReturnSummary {
  const all = spec.agents.map((_, i) => i);
  const overall = spreadOf(returns, all);
  const half = (1.96 * overall.std) / Math.sqrt(returns.length - 1);
  const teams = teamsOf(spec.agents);
  const members = (team: string): number[] => all.filter((i) => spec.agents[i]!.team === team);
  return {
    ...overall,
    episodes: returns.length,
    ci95: returns.length > 1 ? [overall.mean - half, overall.mean + half] : null,
    per_agent: Object.fromEntries(all.map((i) => [spec.agents[i]!.name, spreadOf(returns, [i])])),
    per_team: Object.fromEntries(teams.map((team) => [team, spreadOf(returns, members(team))])),
  };
}

/** Spread over episodes of the mean over some agents. */
function spreadOf(returns: readonly (readonly number[])[], agents: readonly number[]): Spread {
  const scores = returns.map((episode) => meanOf(agents.map((i) => episode[i]!)));
  const mean = meanOf(scores);
  return { mean, std: Math.sqrt(meanOf(scores.map((score) => (score - mean) ** 2))) };
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

/** The teams where there are several: opponents' returns say little when they are added up. */
function teamsApart({ per_team }: Pick<ReturnSummary, 'per_team'>): ReturnSummary['per_team'] {
  return Object.keys(per_team).length > 1 ? per_team : {};
}

/** Adds every agent's mean to a record of metrics, as `<keys.agents>/<agent>`, and where there are several teams, theirs. */
export function recordReturns(
  record: Record<string, number>,
  summary: ReturnSummary,
  keys: { readonly agents: string; readonly teams: string },
): void {
  for (const [name, { mean }] of Object.entries(summary.per_agent)) record[`${keys.agents}/${name}`] = mean;
  for (const [team, { mean }] of Object.entries(teamsApart(summary))) record[`${keys.teams}/${team}`] = mean;
}

/** The teams' means in brackets, to stand behind the mean over all agents; nothing where there is one team. */
export function byTeam(summary: Pick<ReturnSummary, 'per_team'>): string {
  const teams = Object.entries(teamsApart(summary)).map(([team, { mean }]) => `${team} ${mean.toFixed(2)}`);
  return teams.length === 0 ? '' : ` (${teams.join(', ')})`;
}
