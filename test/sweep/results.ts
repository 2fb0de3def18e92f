/** Trials of a made-up sweep, for tests of tables. */
import type { ReturnSummary } from '../../src/evaluate/returns.ts';
import type { TrialResult } from '../../src/sweep/table.ts';

interface Given {
  readonly group: string;
  readonly seed: number;
  readonly keys?: Readonly<Record<string, unknown>>;
  /** Test returns, 1000 steps and 2 seconds apart. */
  readonly returns?: readonly number[];
  /** The same of teams. */
  readonly teams?: Readonly<Record<string, readonly number[]>>;
  readonly finished?: boolean;
  /** Mean of the evaluation that confirms it. */
  readonly confirmed?: number;
  readonly env_id?: string;
}

export function result(given: Given): TrialResult {
  const { group, seed, keys = {}, returns = [], teams = {}, confirmed, env_id = 'simple_spread_v3' } = given;
  const name = `${group}-s${seed}`;
  const { finished = returns.length > 0 } = given;
  return {
    trial: {
      ...{ name, group, seed, configs: ['smoke.yaml'], keys: { ...keys, seed, env_seed: seed } },
      phase: confirmed === undefined ? 'search' : 'confirm',
    },
    finished,
    run:
      returns.length === 0
        ? undefined
        : {
            ...{ name, path: `trials/${name}`, keys: { env_name: 'mpe', env_id } },
            metrics: {
              step: Float64Array.from(returns, (_, k) => 1000 * (k + 1)),
              wall_s: Float64Array.from(returns, (_, k) => 2 * (k + 1) + seed / 4),
              'test/episode_return_mean': Float64Array.from(returns),
              ...Object.fromEntries(
                Object.entries(teams).map(([team, values]) => [
                  `test/team_return_mean/${team}`,
                  Float64Array.from(values),
                ]),
              ),
            },
          },
    evaluation: confirmed === undefined ? undefined : summary(confirmed),
  };
}

function summary(mean: number): ReturnSummary {
  return {
    ...{ mean, std: 1, episodes: 500, ci95: null },
    per_agent: { agent_0: { mean, std: 1 } },
    per_team: { agent: { mean, std: 1 } },
  };
}
