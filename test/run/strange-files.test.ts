/** JSON files of a checkpoint from a stranger: what is wrong is said in one line, before memory is taken. */
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { encodeJson } from '../../src/checkpoint/json.ts';
import { encodeSafetensors } from '../../src/checkpoint/safetensors.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { UserError } from '../../src/core/user-error.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { fittingWeights } from '../../src/run/fitting.ts';
import { LoadedPolicy } from '../../src/run/load-policy.ts';
import { decodeSpec } from '../../src/run/policy-file.ts';
import { decodeState } from '../../src/run/state.ts';
import { buildPolicy } from '../../src/train/build.ts';

function faultOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return error.message;
    throw error;
  }
  return 'none';
}

const STATE = {
  ...{ step: 100, rounds: 0, iterations: 3, skipped_updates: 0 },
  ...{ optimizer_steps: { 'actor/shared': 3 }, scheduler_steps: { 'actor/shared': 3 } },
  ...{ last_info: { loss_actor: -0.5 }, best: { step: 50, mean: -7.5 }, environments: 'saved', wall_s: 0.5 },
  metric_bytes: { 'metrics.jsonl': 0, 'metrics.csv': 0, 'events.out.tfevents.0.maddpg': 40 },
};

describe('state.json', () => {
  const fault = (state: unknown): string =>
    faultOf(() => decodeState(encodeJson(state), 'run/state.json', 100));

  it('is taken as the trainer writes it', () => {
    expect(fault(STATE)).toBe('none');
    expect(fault({ ...STATE, last_info: null, best: null, evaluation_due: true, curriculum_stage: 2 })).toBe(
      'none',
    );
  });

  it.each([
    [null, 'the content to be an object, got none'],
    [[1], 'the content to be an object, got an array of 1'],
    [{ ...STATE, step: 101 }, 'step 100, as in manifest.json, got 101'],
    [{ ...STATE, step: '100' }, 'step to be an integer, got "100"'],
    [{ ...STATE, iterations: -1 }, 'iterations to be >= 0, got -1'],
    [{ ...STATE, iterations: 0.5 }, 'iterations to be an integer, got 0.5'],
    [{ ...STATE, rounds: 1e300 }, 'rounds to be <= 9007199254740991, got 1e+300'],
    [{ ...STATE, wall_s: null }, 'wall_s to be a number, got none'],
    [
      { ...STATE, optimizer_steps: { 'actor/shared': null } },
      'optimizer_steps.actor/shared to be an integer, got none',
    ],
    [{ ...STATE, last_info: { loss_actor: 'x' } }, 'last_info.loss_actor to be a number, got "x"'],
    [
      { ...STATE, interval: { update_means: {}, means: { x: [0.5] }, episode_steps: [] } },
      'interval.means.x to NOT have fewer than 2 items, got an array of 1',
    ],
    [
      { ...STATE, interval: { update_means: {}, means: { x: [0.5, 3] }, episode_steps: [7, null, 0.5] } },
      'interval.episode_steps.2 to be an integer, got 0.5',
    ],
    [{ ...STATE, best: { step: 200, mean: 0 } }, 'best.step up to 100, got 200'],
    [{ ...STATE, environments: 'x' }, 'environments to be one of saved, new episodes, got "x"'],
    [{ ...STATE, metric_bytes: {} }, "metric_bytes to have required property 'metrics.jsonl', got an object"],
  ])('%#: %j is refused', (state, text) => {
    expect(fault(state)).toBe(`run/state.json: expected ${text}`);
  });

  it('is quoted in short', () => {
    const text = faultOf(() =>
      decodeState(new TextEncoder().encode(`{"\u001b[31m${'x'.repeat(1e6)}`), 'f', 1),
    );
    expect(text).toBe(`f: expected JSON, got "{\\"\\u001b[31m${'x'.repeat(30)}..."`);
  });
});

const agent = {
  name: 'agent_0',
  team: 'agent',
  obsWidth: 3,
  actWidth: 2,
  actionKind: 'box',
  actionLow: 0,
  actionHigh: 1,
};

describe('policy.json', () => {
  it.each([
    [null, 'the content to be an object, got none'],
    [{ agents: [] }, 'agents to NOT have fewer than 1 items, got an array of 0'],
    [{ agents: [null] }, 'agents.0 to be an object, got none'],
    [{ agents: [{ ...agent, obsWidth: 1e9 }] }, 'agents.0.obsWidth to be <= 10000000, got 1000000000'],
    [{ agents: [{ ...agent, obsWidth: 1.5 }] }, 'agents.0.obsWidth to be an integer, got 1.5'],
    [{ agents: [{ ...agent, actionKind: 'x' }] }, 'agents.0.actionKind to be one of box, discrete, got "x"'],
    [{ agents: [agent, agent] }, 'agents of different names, got "agent_0"'],
    [{ agents: [{ ...agent, hidden: 5 }] }, 'agents.0.hidden to be an array, got 5'],
    [{ agents: [{ ...agent, hidden: ['a'] }] }, 'agents.0.hidden.0 to be an integer, got "a"'],
    [{ agents: [{ ...agent, hidden: [-1] }] }, 'agents.0.hidden.0 to be >= 0, got -1'],
    [{ agents: [{ ...agent, hidden: [0, 3] }] }, 'increasing columns below 3 in hidden, got an array of 2'],
    [{ agents: [{ ...agent, hidden: [1, 1] }] }, 'increasing columns below 3 in hidden, got an array of 2'],
    [{ agents: [{ ...agent, actionLow: 1 }] }, 'actionLow below 1, got 1'],
    [
      { agents: Array.from({ length: 10_001 }, () => agent) },
      'agents to NOT have more than 10000 items, got an array of 10001',
    ],
    [
      { agents: [1, 2].map((i) => ({ ...agent, name: String(i), obsWidth: 9e6 })) },
      'at most 10000000 columns of all agents, got 18000000',
    ],
  ])('%#: is refused', (file, text) => {
    expect(faultOf(() => decodeSpec(encodeJson(file), 'run/policy.json'))).toBe(
      `run/policy.json: expected ${text}`,
    );
  });
});

describe('weights', () => {
  const spec = jointSpec([{ ...agent, actionKind: 'box' }]);
  const fault = (keys: Partial<Config>, tensors = 40): string => {
    const one = { shape: [1], data: Float32Array.of(0) };
    const bytes = encodeSafetensors(new Map(Array.from({ length: tensors }, (_, i) => [String(i), one])));
    const { config } = loadConfig({ flags: keys });
    return faultOf(() => fittingWeights(new Map([['weights.safetensors', bytes]]), 'run', config, spec));
  };

  it('must back up the sizes of the configuration before anything of that size is made', () => {
    const before = process.memoryUsage().rss;
    expect(fault({ actor_hidden_size: [1_000_000, 1_000_000] })).toBe(
      'run/weights.safetensors: expected actor/shared/W0 of shape [1000000, 3], got none',
    );
    expect(fault({ ensemble_size: 255 })).toBe(
      'run/weights.safetensors: expected at least 255 tensors, got 40',
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  it('that overflow give no actions, but say so', async () => {
    const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
    const { config } = loadConfig({ flags: { actor_hidden_size: [2], critic_hidden_size: [2] } });
    const policy = buildPolicy(config, spec, engine);
    const loaded = new LoadedPolicy('run', 0, config, policy, engine);
    const observations = { agent_0: Float32Array.of(1, 1, 1) };
    expect(Object.keys(loaded.act(observations))).toEqual(['agent_0']);
    const wild = new Map(policy.tensors());
    wild.get('actor/shared/W0')!.data.fill(3e38); // both hidden units are infinite
    wild.get('actor/shared/W1')!.data.set([1, -1, 1, -1]); // and their difference is not a number
    policy.load(wild);
    expect(faultOf(() => loaded.act(observations))).toBe(
      'run: expected finite actions, got NaN; its networks have diverged, name an earlier checkpoint',
    );
    const other = jointSpec([{ ...agent, actionKind: 'box', obsWidth: 4 }]);
    expect(
      faultOf(() => {
        loaded.requireFit({ name: 'my-env', spec: other });
      }),
    ).toBe(
      'run: expected an environment with agent_0 (observation 3, box action 2 from 0 to 1), as in training, got my-env ' +
        'with agent_0 (observation 4, box action 2 from 0 to 1)',
    );
  });

  it('errors are of exit code 2', () => {
    expect(new CheckpointError('x').exitCode).toBe(2);
  });
});
