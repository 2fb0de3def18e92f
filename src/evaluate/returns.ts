/** Summaries of episode returns: overall, per agent and per team. */
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';
import { studentT } from './student-t.ts';

/** Mean and population standard deviation over episodes. */
export interface Spread {
  readonly mean: number;
  readonly std: number;
}

/** Summary of episode returns. `mean` is over agents and episodes, `std` over per-episode agent means. */
export interface ReturnSummary extends Spread {
  readonly episodes: number;
  /** 95 % confidence interval of the mean (Student's t, sample standard deviation); null for a single episode. */
  readonly ci95: readonly [number, number] | null;
  readonly per_agent: Readonly<Record<string, Spread>>;
  /** Of the mean over each team's agents. */
  readonly per_team: Readonly<Record<string, Spread>>;
}

/** Summarises returns [episodes][N]. */
export function summarize(spec: JointSpec, returns: readonly (readonly number[])[]): ReturnSummary {
  const all = spec.agents.map((_, i) => i);
  const overall = spreadOf(returns, all);
  const teams = teamsOf(spec.agents);
  const members = (team: string): number[] => all.filter((i) => spec.agents[i]!.team === team);
  return {
    ...overall,
    episodes: returns.length,
    ci95: intervalOf(overall, returns.length),
    per_agent: Object.fromEntries(all.map((i) => [spec.agents[i]!.name, spreadOf(returns, [i])])),
    per_team: Object.fromEntries(teams.map((team) => [team, spreadOf(returns, members(team))])),
  };
}

/** 95 % confidence interval of the mean of `count` numbers with this spread; null for one. */
export function intervalOf({ mean, std }: Spread, count: number): [number, number] | null {
  if (count === 1) return null;
  // std / √(n - 1) is the sample standard deviation / √n, as std is the population's.
  const half = (studentT(0.95, count - 1) * std) / Math.sqrt(count - 1);
  return [mean - half, mean + half];
}

/** Spread over episodes of the mean over `agents`. */
function spreadOf(returns: readonly (readonly number[])[], agents: readonly number[]): Spread {
  return spreadOfNumbers(returns.map((episode) => meanOver(agents, episode)));
}

/** Mean and population standard deviation of some numbers. */
export function spreadOfNumbers(scores: readonly number[]): Spread {
  const mean = meanOf(scores);
  return { mean, std: Math.sqrt(meanOf(scores.map((score) => (score - mean) ** 2))) };
}

export function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

/** Mean over some agents of an episode's returns, [N]. */
export function meanOver(agents: readonly number[], returns: readonly number[]): number {
  return meanOf(agents.map((i) => returns[i]!));
}

/** Teams, if there are several. The mean over opposing teams says little, so they are reported separately. */
export function teamsApart({ per_team }: Pick<ReturnSummary, 'per_team'>): ReturnSummary['per_team'] {
  return Object.keys(per_team).length > 1 ? per_team : {};
}

/** Adds each agent's mean to a metric record as `<keys.agents>/<agent>`, and team means if there are several teams. */
export function recordReturns(
  record: Record<string, number>,
  summary: ReturnSummary,
  keys: { readonly agents: string; readonly teams: string },
): void {
  for (const [name, { mean }] of Object.entries(summary.per_agent)) record[`${keys.agents}/${name}`] = mean;
  for (const [team, { mean }] of Object.entries(teamsApart(summary))) record[`${keys.teams}/${team}`] = mean;
}

/** Team means in parentheses, to append to the overall mean; empty for a single team. */
export function byTeam(summary: Pick<ReturnSummary, 'per_team'>): string {
  const teams = Object.entries(teamsApart(summary)).map(([team, { mean }]) => `${team} ${mean.toFixed(2)}`);
  return teams.length === 0 ? '' : ` (${teams.join(', ')})`;
}
