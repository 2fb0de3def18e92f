/** Files of a checkpoint that no training leads to are refused, naming the file. Manifests are not looked at here. */
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/file-content.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/checkpoint/safetensors.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { decodeSections, encodeSections, type SectionData } from '../../src/core/sections.ts';
import type { Tensor } from '../../src/core/tensor-map.ts';
import { UserError } from '../../src/core/user-error.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { TrainingSession, type SessionCounters } from '../../src/train/session.ts';
import { begun } from './begun.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const KEYS: Partial<Config> = {
  ...{ actor_hidden_size: [4], critic_hidden_size: [4], batch_size: 4, buffer_size: 40, parallels: 2 },
  ...{ start_training: 10, training_frequency: 2, running_steps: 100, agent: 'MADDPG' },
  ...{ replay: 'prioritized', use_obsnorm: true, env_options: { max_cycles: 12 } },
};
const ENSEMBLE: Partial<Config> = { ensemble_size: 2, replay: 'uniform', use_parameter_sharing: false };

function parts(keys: Partial<Config>) {
  const { config } = loadConfig({ flags: { ...KEYS, ...keys } });
  const options = { ...config.env_options, continuous_actions: true };
  return { config, env: makeVectorEnv('simple_spread_v3', options, config.parallels) };
}

interface Saved {
  readonly files: Map<string, Uint8Array>;
  readonly counters: SessionCounters;
}

function saved(keys: Partial<Config> = {}): Saved {
  const { config, env } = parts(keys);
  const session = begun(config, env, engine);
  for (let t = 0; t < 15; t++) session.advance();
  const files = Object.entries(session.files()).map(
    ([name, content]) => [name, Buffer.concat(piecesOf(content))] as const,
  );
  return { files: new Map(files), counters: session.counters() };
}

function faultOf({ files, counters }: Saved, keys: Partial<Config> = {}): string {
  const { config, env } = parts(keys);
  try {
    new TrainingSession(config, env, engine).restore(files, counters, 'run');
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return error.message;
    throw error;
  }
  return 'none';
}

/** Changes the tensors of a file. */
function withTensors(name: string, change: (tensors: Map<string, Tensor>) => void): string {
  const { files, counters } = saved();
  const tensors = new Map(decodeSafetensors(files.get(name)!, name));
  change(tensors);
  files.set(name, encodeSafetensors(tensors));
  return faultOf({ files, counters });
}

type Change = (sections: Record<string, SectionData>) => void;

function changed(
  bytes: Uint8Array,
  types: Readonly<Record<string, new (n: number) => SectionData>>,
  change: Change,
) {
  const read = decodeSections(bytes, 'x');
  const all = Object.fromEntries(
    read.names.map((name) => [name, read.get(name, types[name] ?? Float64Array)]),
  );
  change(all);
  return encodeSections(all);
}

const REPLAY = { rows: Float32Array, players: Uint8Array };
const OUTER = {
  rollout: Uint8Array,
  endedInRound: Uint8Array,
  indices: Uint32Array,
  symmetries: Uint32Array,
  updateNoise: Uint32Array,
};
const ROLLOUT = {
  environments: Uint8Array,
  exploration: Uint32Array,
  casting: Uint32Array,
  players: Uint8Array,
};

function withReplay(change: Change, keys: Partial<Config> = {}): string {
  const { files, counters } = saved(keys);
  files.set('replay.bin', changed(files.get('replay.bin')!, REPLAY, change));
  return faultOf({ files, counters }, keys);
}

function withRollout(change: Change, keys: Partial<Config> = {}): string {
  const { files, counters } = saved(keys);
  const inner: Change = (all) => {
    all['rollout'] = changed(all['rollout'] as Uint8Array, ROLLOUT, change);
  };
  files.set('rollout.bin', changed(files.get('rollout.bin')!, OUTER, inner));
  return faultOf({ files, counters }, keys);
}

describe('restoring', () => {
  it('takes what was saved', () => {
    expect(faultOf(saved())).toBe('none');
    expect(faultOf(saved(ENSEMBLE), ENSEMBLE)).toBe('none');
  });

  it('refuses tensors that are missing, misshapen, extra, not finite or impossible', () => {
    const weights = 'weights.safetensors';
    const name = 'actor/shared/W0';
    const first = (value: number) => (tensors: Map<string, Tensor>) => {
      tensors.get(name)!.data[0] = value;
    };
    expect(withTensors(weights, (all) => all.delete(name))).toBe(
      `run/${weights}: expected ${name} of shape [4, 21], got none`,
    );
    expect(withTensors(weights, (all) => all.set(name, { shape: [84], data: all.get(name)!.data }))).toBe(
      `run/${weights}: expected ${name} of shape [4, 21], got [84]`,
    );
    expect(withTensors(weights, (all) => all.set('more', all.get(name)!))).toBe(
      `run/${weights}: expected the tensors of this policy only, got more too`,
    );
    expect(withTensors(weights, first(NaN))).toBe(
      `run/${weights}: expected finite numbers in ${name}, got NaN`,
    );
    expect(
      withTensors('optimizer.safetensors', (all) => {
        all.get(`exp_avg_sq/${name}`)!.data[0] = -1;
      }),
    ).toBe(`run/optimizer.safetensors: expected numbers >= 0 in exp_avg_sq/${name}, got -1`);
  });

  it("refuses another run's transitions, and impossible ones", () => {
    expect(withReplay((all) => (all['layout']![0] = 400))).toBe(
      'run/replay.bin: expected buffer_size 40, got 400; resume with the settings of the run',
    );
    expect(withReplay((all) => (all['rows']![0] = NaN))).toBe(
      "run/replay.bin: expected section 'rows' of finite numbers, got NaN at 0",
    );
    expect(withReplay((all) => (all['rows']![all['rows']!.length - 1] = 0.5))).toBe(
      'run/replay.bin: expected terminals, masks and ends of episodes of 0 and 1, got 0.5',
    );
    for (const priority of [NaN, -1, 0, Infinity])
      expect(withReplay((all) => (all['priorities']![3] = priority))).toBe(
        `run/replay.bin: expected section 'priorities' of numbers above 0, up to the largest, got ${priority} at 3`,
      );
    expect(withReplay((all) => (all['largest']![0] = 0))).toBe(
      "run/replay.bin: expected section 'largest' of numbers from 1 to 1e39, got 0 at 0",
    );
    expect(withReplay((all) => (all['players']![5] = 2), ENSEMBLE)).toBe(
      "run/replay.bin: expected section 'players' of whole numbers below 2, got 2 at 5",
    );
    const { files, counters } = saved();
    expect(faultOf({ files, counters: { ...counters, step: 38 } })).toBe(
      'run/replay.bin: expected the transitions of 38 steps, got 30 that end at row 30; it is of another checkpoint',
    );
  });

  it('refuses impossible random states, returns, moments and players', () => {
    const text = (section: string, rest: string): string =>
      `run/rollout.bin: expected section '${section}' ${rest}`;
    expect(withRollout((all) => all['exploration']!.fill(0))).toBe(
      text('exploration', 'of a random state, got only zeros'),
    );
    expect(withRollout((all) => (all['exploration'] = Uint32Array.of(1, 2, 3)))).toBe(
      text('exploration', 'with 4 elements, got 3'),
    );
    expect(withRollout((all) => (all['count']![0] = 0.5))).toBe(
      text('count', 'of whole numbers, got 0.5 at 0'),
    );
    expect(withRollout((all) => (all['running']![1] = NaN))).toBe(
      text('running', 'of finite numbers, got NaN at 1'),
    );
    expect(withRollout((all) => (all['observation squares 0']![0] = -1))).toBe(
      text('observation squares 0', 'of numbers >= 0, got -1 at 0'),
    );
    expect(withRollout((all) => (all['players']![0] = 9), ENSEMBLE)).toBe(
      text('players', 'of whole numbers below 2, got 9 at 0'),
    );
  });

  it('refuses worlds that no episode leads to', () => {
    const world = (change: (words: Uint32Array, numbers: Float64Array) => void): string =>
      withRollout((all) => {
        const bytes = new Uint8Array(all['environments'] as Uint8Array).buffer;
        const words = 2 + 2 * (1 + 10); // 2 environments: cycles and generators
        change(new Uint32Array(bytes, 0, words), new Float64Array(bytes, 4 * words));
        all['environments'] = new Uint8Array(bytes);
      });
    const text = (rest: string): string => `run/rollout.bin: snapshot: expected ${rest}; it is damaged`;
    expect(world((words) => (words[2] = 13))).toBe(text('at most 12 steps of an episode, got 13'));
    expect(world((_, numbers) => (numbers[0] = NaN))).toBe(text('positions within ±1000000000000, got NaN'));
    expect(world((words) => (words[4 + 4] = 2))).toBe(
      'run/rollout.bin: random state: expected an odd increment, got one that ends in 2',
    );
  });

  it('refuses counters of other optimizers', () => {
    const { files, counters } = saved();
    expect(faultOf({ files, counters: { ...counters, optimizer_steps: { 'actor/shared': 3 } } })).toBe(
      'run/state.json: expected optimizer_steps of actor/shared, critic/shared, got actor/shared',
    );
  });
});
