/** The Python package maddpg_policy plays runs as loadPolicy() and `maddpg eval` do. Skipped without NumPy and mpe2. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { evaluate, loadPolicy, train, type Config, type LoadedPolicy } from '../../src/index.ts';
import { PYTHON, pythonHas } from '../envs/pettingzoo/python.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-python-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

const env = {
  ...process.env,
  PYTHONPATH: fileURLToPath(new URL('../../python', import.meta.url)),
  PYTHONDONTWRITEBYTECODE: '1',
};

const TINY: Partial<Config> = {
  ...{ model_dir: folder, running_steps: 200, start_training: 40, training_frequency: 4, parallels: 4 },
  ...{ buffer_size: 400, batch_size: 8, actor_hidden_size: [16, 16], critic_hidden_size: [8] },
  ...{ start_noise: 0.3, test_episode: 1, threads: 1, learning_rate_actor: 0.01 },
};

/** Played in mpe2: environments by id. */
const PLAYED: Readonly<Record<string, Partial<Config>>> = {
  simple_spread_v3: {},
  simple_tag_v3: { use_parameter_sharing: 'teams' },
  simple_speaker_listener_v4: { use_parameter_sharing: false },
};
const EPISODES = 100;

const RECURRENT: Partial<Config> = { use_rnn: true, recurrent_hidden_size: 8, fc_hidden_sizes: [12] };

interface Case {
  readonly name: string;
  readonly keys: Partial<Config>;
  readonly played: boolean;
}

const CASES: readonly Case[] = [
  ...Object.entries(PLAYED).flatMap(([env_id, keys]) =>
    [true, false].map((continuous_action) => ({
      name: `${env_id}, ${continuous_action ? 'continuous' : 'discrete'}`,
      keys: { env_id, continuous_action, ...keys },
      played: true,
    })),
  ),
  ...Object.entries<Partial<Config>>({
    'GRU, continuous': { use_obsnorm: true },
    'GRU that sees no velocities': {
      ...{ env_options: { hide_velocity: true }, use_global_state: true, recurrent_critics: false },
    },
    'LSTM of two layers, discrete': { rnn: 'LSTM', N_recurrent_layers: 2, continuous_action: false },
  }).map(([name, keys]) => ({ name, keys: { ...RECURRENT, ...keys }, played: true })),
  ...Object.entries<Partial<Config>>({
    'soft actors, LayerNorm, observation normalisation': {
      ...{ agent: 'MASAC', start_noise: 0, normalize: 'LayerNorm', use_obsnorm: true, activation: 'elu' },
    },
    'soft actors of their own, tanh': {
      ...{ agent: 'ISAC', start_noise: 0, use_parameter_sharing: false, activation: 'tanh' },
    },
    'an ensemble': { ensemble_size: 2, use_parameter_sharing: false },
    'target actors, ids, discrete': {
      ...{ agent: 'MATD3', eval_policy: 'target', continuous_action: false, activation: 'relu' },
    },
    'soft LSTM actors of their own': {
      ...RECURRENT,
      ...{ agent: 'ISAC', rnn: 'LSTM', start_noise: 0, use_parameter_sharing: false, actor_hidden_size: [] },
    },
    'no hidden layers, no ids': { actor_hidden_size: [], identity_embedding_mode: 'none' },
  }).map(([name, keys]) => ({ name, keys, played: false })),
];

type Values = Record<string, number[]>;
interface Question {
  readonly observations: Values;
  /** PettingZoo's: of Discrete agents, an action mask. */
  readonly infos: Record<string, { readonly action_mask: number[] }>;
  readonly sub_policy: number;
  /** Whether an episode does. */
  readonly begins: boolean;
}

/** 50 of them; the second half with masks, and of an ensemble's second sub-policy. */
function questionsFor({ spec, config }: LoadedPolicy): Question[] {
  const stream = new FastStream(7, 'questions');
  const numbers = (n: number): number[] =>
    Array.from({ length: n }, () => Math.fround(4 * stream.double() - 2));
  return Array.from({ length: 50 }, (_, q) => ({
    observations: Object.fromEntries(spec.agents.map(({ name, obsWidth }) => [name, numbers(obsWidth)])),
    infos: Object.fromEntries(
      spec.agents.flatMap(({ name, actWidth, actionKind }) =>
        actionKind === 'discrete' && q >= 25
          ? [[name, { action_mask: numbers(actWidth).map((x, k) => (x > 0 || k === 0 ? 1 : 0)) }]]
          : [],
      ),
    ),
    sub_policy: q >= 25 ? config.ensemble_size - 1 : 0,
    begins: q % 10 === 0,
  }));
}

function answersOf(policy: LoadedPolicy, questions: readonly Question[]): Values[] {
  let state = policy.initialState();
  return questions.map(({ observations, infos, sub_policy: subPolicy, begins }) => {
    if (begins) state = policy.initialState();
    const rows = Object.entries(observations).map(([name, row]) => [name, Float32Array.from(row)] as const);
    const masks = Object.entries(infos).map(([name, { action_mask }]) => [name, action_mask] as const);
    const actions = policy.act(Object.fromEntries(rows), {
      subPolicy,
      actionMasks: Object.fromEntries(masks),
      state,
    });
    return Object.fromEntries(
      Object.entries(actions).map(([name, action]) => [
        name,
        typeof action === 'number' ? [action] : [...action],
      ]),
    );
  });
}

describe.skipIf(!pythonHas('mpe2'))('maddpg_policy', () => {
  const runs: string[] = [];
  const ours: { actions: Values[]; returns: Record<string, number> }[] = [];
  let theirs: {
    step: number;
    actions: Record<string, number | number[]>[];
    returns: Record<string, number>;
  }[];

  beforeAll(async () => {
    const asked: unknown[] = [];
    for (const { keys, played } of CASES) {
      const { run } = await train({ ...TINY, ...keys }, { onWarning: () => undefined });
      const policy = await loadPolicy(run);
      const questions = questionsFor(policy);
      const { env_id, continuous_action } = policy.config;
      const returns = played ? (await evaluate(run, { episodes: EPISODES })).policy.per_agent : {};
      ours.push({
        actions: answersOf(policy, questions),
        returns: Object.fromEntries(Object.entries(returns).map(([name, { mean }]) => [name, mean])),
      });
      asked.push({ run, questions, env_id, discrete: !continuous_action, episodes: played ? EPISODES : 0 });
      runs.push(run);
      policy.dispose();
    }
    const file = path.join(folder, 'cases.json');
    fs.writeFileSync(file, JSON.stringify(asked));
    const script = fileURLToPath(new URL('play.py', import.meta.url));
    theirs = JSON.parse(execFileSync(PYTHON, [script, file], { env, encoding: 'utf8' })) as typeof theirs;
  }, 300_000);

  it.each(CASES.map(({ name }, c) => [name, c] as const))('acts as loadPolicy, to 1e-6: %s', (_, c) => {
    expect(theirs[c]!.step).toBe(200);
    let largest = 0;
    ours[c]!.actions.forEach((answer, q) => {
      for (const [name, action] of Object.entries(answer)) {
        const other = [theirs[c]!.actions[q]![name]!].flat();
        expect(other).toHaveLength(action.length);
        action.forEach((x, k) => (largest = Math.max(largest, Math.abs(x - other[k]!))));
      }
    });
    if (process.env['MADDPG_SHOW_DIFFERENCES']) console.log(`actions: ${largest}`);
    expect(largest).toBeLessThanOrEqual(1e-6);
  });

  it.each(CASES.flatMap(({ name, played }, c) => (played ? [[name, c] as const] : [])))(
    'earns what eval says over 100 episodes of mpe2, to 1e-3: %s',
    (_, c) => {
      const [mine, other] = [ours[c]!.returns, theirs[c]!.returns];
      expect(Object.keys(other)).toEqual(Object.keys(mine));
      const largest = Math.max(...Object.entries(mine).map(([name, mean]) => Math.abs(other[name]! - mean)));
      if (process.env['MADDPG_SHOW_DIFFERENCES']) console.log(`return: ${largest}`);
      expect(largest).toBeLessThan(1e-3);
    },
  );

  /** What a line of Python prints, or the last line of its error. */
  const says = (code: string): string => {
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', `import maddpg_policy, numpy as np\n${code}`], {
      env,
      cwd: folder,
      encoding: 'utf8',
    });
    return (stderr || stdout).trimEnd().split('\n').at(-1)!;
  };

  it('draws one sub-policy of an ensemble for agents that share parameters', () => {
    const spread = CASES.findIndex(({ name }) => name === 'an ensemble');
    const draw = 'print([tuple(p.draw(rng).values()) for _ in range(200)])';
    const drawn = (run: string): Set<string> =>
      new Set(
        says(`p, rng = maddpg_policy.load(${JSON.stringify(run)}), np.random.default_rng(1)\n${draw}`).match(
          /\([^()]+\)/g,
        ),
      );
    expect(drawn(runs[spread]!).size).toBe(8);
    expect(drawn(runs[0]!)).toEqual(new Set(['(0, 0, 0)']));
  });

  it('forgets the episodes that have ended, and takes as many observations as in the step before', () => {
    const run = runs[CASES.findIndex(({ name }) => name === 'GRU, continuous')]!;
    const lines = [
      `p = maddpg_policy.load(${JSON.stringify(run)})`,
      'act = lambda *rows: p.act({"agent_0": np.stack([np.full(18, x, np.float32) for x in rows])})["agent_0"]',
      'first, second = act(1, 2), act(1, 2)',
      'p.reset([True, False])',
      'third = act(1, 2)',
    ];
    const after = (...more: string[]): string => says([...lines, ...more].join('\n'));
    expect(after('print(np.array_equal(third[0], first[0]), np.array_equal(third[1], second[1]))')).toBe(
      'True False',
    );
    expect(after('p.reset()', 'print(np.array_equal(act(1, 2), first))')).toBe('True');
    expect(after('act(1, 2, 3)')).toBe(
      "ValueError: observations['agent_0']: expected as many as in the step before, (2,), got (3,); call reset() where episodes begin",
    );
  });

  it('names a fault in one line', () => {
    const load = (at: string): string => says(`maddpg_policy.load(${JSON.stringify(at)})`);
    expect(load('none')).toBe(
      'maddpg_policy.checkpoint.CheckpointError: none: expected a run directory or checkpoint folder, got no latest checkpoint',
    );
    fs.cpSync(runs[0]!, path.join(folder, 'damaged'), { recursive: true });
    const checkpoint = path.join('damaged', 'checkpoints', 'step-000000200');
    const weights = path.join(folder, checkpoint, 'weights.safetensors');
    const bytes = fs.readFileSync(weights);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(weights, bytes);
    expect(load('damaged')).toMatch(
      /^maddpg_policy\.checkpoint\.CheckpointError: damaged\/.*weights\.safetensors: expected SHA-256 \w{64}, got \w{64}: it is damaged$/,
    );
    fs.writeFileSync(path.join(folder, 'damaged', 'checkpoints', 'latest'), '../../outside');
    expect(load('damaged')).toBe(
      "maddpg_policy.checkpoint.CheckpointError: damaged/checkpoints/latest: expected the name of a checkpoint beside it, got '../../outside'",
    );
    const act = (observations: string, more = ''): string =>
      says(`maddpg_policy.load(${JSON.stringify(runs[0]!)}).act(${observations}${more})`).replace(
        runs[0]!,
        'RUN',
      );
    expect(act('{"agent_0": np.zeros(17)}')).toBe(
      "ValueError: observations['agent_0']: expected [..., 18] numbers, got shape (17,)",
    );
    expect(act('{"agent_3": np.zeros(18)}')).toBe(
      'ValueError: observations: expected agents of RUN/checkpoints/step-000000200 (agent_0, agent_1, agent_2), got agent_3',
    );
    expect(act('{"agent_0": np.zeros(18)}', ', sub_policy=1')).toBe(
      'ValueError: sub_policy: expected a number from 0 to 0, got 1',
    );
  });
});
