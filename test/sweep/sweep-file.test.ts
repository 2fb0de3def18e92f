import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { readSweep } from '../../src/sweep/sweep-file.ts';

/** The faults of a text. */
function faultsOf(text: string): readonly string[] {
  try {
    readSweep(text, 's.yaml');
  } catch (error) {
    if (error instanceof UserError) return error.faults;
    throw error;
  }
  return [];
}

describe('a sweep file', () => {
  it('has defaults for all but its configuration', () => {
    expect(readSweep('config: mpe.yaml\n', 's.yaml')).toEqual({
      configs: [['mpe.yaml']],
      set: {},
      ...{ scenarios: [], algorithms: [], variants: {}, grid: {} },
      ...{ samples: null, halving: null, confirm: null },
      seeds: [1],
      objective: { metric: 'test/episode_return_mean', at: 'last' },
    });
  });

  it('is read with all that it can say', () => {
    const text = `
config: [mpe.yaml, [smoke.yaml, mine.yaml]]
set: { env_options.N: 4 }
budget: { steps: 30000 }
scenarios: [simple_spread_v3]
algorithms: [MADDPG, MATD3]
variants: { base: {}, short: { n_step: 1, env_options.N: 3 } }
grid: { tau: [0.01, 0.001] }
samples:
  count: 8
  method: random
  seed: 5
  keys:
    learning_rate_actor: { log: [0.0001, 0.01] }
    gamma: { range: [0.6, 0.95] }
    n_step: { integers: [1, 5] }
    batch_size: { choice: [128, 256] }
seeds: [7, 8, 9]
objective: { metric: test/team_return_mean/agent, at: best }
halving: { steps: [10000, 20000], keep: 0.5 }
confirm: { top: 2, seeds: 3, episodes: 50, test_seed: 9 }
`;
    expect(readSweep(text, 's.yaml')).toEqual({
      configs: [['mpe.yaml'], ['smoke.yaml', 'mine.yaml']],
      set: { 'env_options.N': 4, running_steps: 30000 },
      scenarios: ['simple_spread_v3'],
      algorithms: ['MADDPG', 'MATD3'],
      variants: { base: {}, short: { n_step: 1, 'env_options.N': 3 } },
      grid: { tau: [0.01, 0.001] },
      samples: {
        ...{ count: 8, method: 'random', seed: 5 },
        keys: {
          learning_rate_actor: { log: [0.0001, 0.01] },
          gamma: { range: [0.6, 0.95] },
          n_step: { integers: [1, 5] },
          batch_size: { choice: [128, 256] },
        },
      },
      seeds: [7, 8, 9],
      objective: { metric: 'test/team_return_mean/agent', at: 'best' },
      halving: { steps: [10000, 20000], keep: 0.5 },
      confirm: { top: 2, seeds: [1, 2, 3], episodes: 50, test_seed: 9 },
    });
  });

  it('confirms by test returns alone', () => {
    const faults = (metric: string): readonly string[] =>
      faultsOf(`config: smoke.yaml\nobjective: { metric: ${metric} }\nconfirm: { seeds: [101] }\n`);
    for (const metric of ['test/pool_return', 'test/q_bias', 'test/episode_return_std'])
      expect(faults(metric)).toEqual([
        `s.yaml:2:22: objective.metric: expected a test return with confirm (test/episode_return_mean, or that of a team or an agent), got "${metric}"`,
      ]);
    for (const metric of ['test/team_return_mean/adversary', 'test/episode_return_mean/agent_0'])
      expect(faults(metric)).toEqual([]);
  });

  it('has all its faults reported at once, each at its line', () => {
    const text = `
config: mpe.yaml
sedes: 5
grid: { tau: 0.01, seed: [1, 2] }
variants: { base: 3, other: { seed: 2 } }
samples:
  count: 0
  keys:
    gamma: { rang: [0, 1] }
    tau: { log: [0, 1] }
    n_step: { integers: [5, 1] }
seeds: [1, 1]
objective: { at: first }
halving: { steps: [200, 100], keep: 1 }
confirm: { top: 2 }
`;
    expect(faultsOf(text)).toEqual([
      's.yaml: seeds: expected at least 3 with halving, got 2',
      expect.stringMatching(
        /^s\.yaml:3:1: sedes: expected config, set, .*, got sedes; did you mean seeds\?$/,
      ),
      's.yaml:4:14: grid.tau: expected a list of values, got 0.01',
      's.yaml:4:26: grid.seed: expected none, since the sweep sets it, got "seed"',
      's.yaml:5:19: variants.base: expected a mapping, got 3',
      's.yaml:5:37: variants.other.seed: expected none, since the sweep sets it, got "seed"',
      's.yaml:7:10: samples.count: expected a whole number of at least 1, got 0',
      expect.stringMatching(
        /samples\.keys\.gamma\.rang: expected log, range, integers, choice, got rang; did you/,
      ),
      's.yaml:10:17: samples.keys.tau.log: expected [least, most] above 0, got [0,1]',
      's.yaml:11:25: samples.keys.n_step.integers: expected [least, most] as whole numbers, got [5,1]',
      's.yaml:12:8: seeds: expected a number of seeds, or a list of different ones, got [1,1]',
      's.yaml:13:18: objective.at: expected last or best, got "first"',
      's.yaml:14:19: halving.steps: expected increasing numbers of steps, got [200,100]',
      's.yaml:14:37: halving.keep: expected a number between 0 and 1, got 1',
      's.yaml:15:10: confirm.seeds: expected a number of seeds, or a list of different ones, got nothing',
    ]);
  });

  it('needs a configuration', () => {
    expect(faultsOf('seeds: 2\n')).toEqual([
      's.yaml: config: expected a configuration such as mpe.yaml, got nothing',
    ]);
  });
});
