/** Names of metrics: what is measured, and of whom. */
import type { Run } from './run.ts';

/** A metric without whose it is. */
export const TEST_RETURN = 'test/episode_return_mean';

/** Metrics of teams have names of their own. */
const OF_TEAMS: Readonly<Record<string, string>> = {
  'test/team_return_mean': TEST_RETURN,
  'train/team_return': 'train/episode_return',
};
const TITLES: Readonly<Record<string, string>> = {
  [TEST_RETURN]: 'Test return',
  'test/episode_return_std': 'Test return, standard deviation over episodes',
  'train/episode_return': 'Training return',
  'speed/env_steps_per_second': 'Steps per second',
};

/** What is measured, and of whom: `''` of all agents, `team NAME`, or the name of an agent or of a group with own networks. */
export interface MetricName {
  readonly base: string;
  readonly who: string;
}

/** Parts of a key of metrics.jsonl, such as `test/episode_return_mean/agent_0` or `learner/guide/loss_actor`. */
export function parseMetric(key: string): MetricName {
  const [, group, name] = /^learner\/(.+)\/([^/]+)$/.exec(key) ?? [];
  if (group !== undefined) return { base: `learner/${name!}`, who: group };
  const [, base = key, who = ''] = /^([^/]+\/[^/]+)\/(.+)$/.exec(key) ?? [];
  const ofTeam = OF_TEAMS[base];
  return ofTeam === undefined ? { base, who } : { base: ofTeam, who: `team ${who}` };
}

/** The key of a metric of the runs; undefined if they have none such. */
export function metricKey(runs: readonly Run[], { base, who }: MetricName): string | undefined {
  return metricKeys(runs).find((key) => {
    const parsed = parseMetric(key);
    return parsed.base === base && parsed.who === who;
  });
}

/** All keys but step and wall_s. */
export function metricKeys(runs: readonly Run[]): string[] {
  const keys = new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)));
  return [...keys].filter((key) => key !== 'step' && key !== 'wall_s');
}

/** What is measured, the test return first. */
export function metricBases(runs: readonly Run[]): string[] {
  const bases = [...new Set(metricKeys(runs).map((key) => parseMetric(key).base))];
  return bases.sort((a, b) => Number(b === TEST_RETURN) - Number(a === TEST_RETURN));
}

/** The agents, team or group that a metric is measured for. */
export function measuredOf(runs: readonly Run[], base: string): string[] {
  const names = metricKeys(runs).map(parseMetric);
  return [...new Set(names.filter((name) => name.base === base).map(({ who }) => who))];
}

export function metricTitle(base: string): string {
  return TITLES[base] ?? base;
}
