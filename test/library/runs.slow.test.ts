/** train() from programs: callbacks, stopping, resuming, own environments and algorithms. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readCheckpoint } from '../../src/checkpoint/load.ts';
import { saveCheckpoint } from '../../src/checkpoint/save.ts';
import { openFiles } from '../run/open-files.ts';
import {
  ALGORITHMS,
  evaluate,
  loadPolicy,
  losses,
  makeEnv,
  train,
  type Algorithm,
  type CustomEnvironment,
  type EpisodeEnd,
  type TrainConfig,
  type TrainOptions,
  type TrainSummary,
} from '../../src/index.ts';

const model_dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-runs-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});

/** 40 steps in 4 environments, 5-step episodes, an update every 8 steps from step 16: 3 updates. */
const TINY: TrainConfig = {
  ...{ model_dir, running_steps: 40, start_training: 16, training_frequency: 8, parallels: 4 },
  ...{ buffer_size: 40, batch_size: 8, actor_hidden_size: [4], critic_hidden_size: [4] },
  ...{ test_episode: 2, eval_interval: 20, engine: 'reference' },
};
const MPE: TrainConfig = { ...TINY, env_options: { max_cycles: 5 } };

const spread = (): CustomEnvironment =>
  makeEnv('simple_spread_v3', { continuous_actions: true, max_cycles: 5 });

const quiet: TrainOptions = { onWarning: () => undefined };

function weights({ checkpoint }: TrainSummary): Uint8Array {
  return fs.readFileSync(path.join(checkpoint!, 'weights.safetensors'));
}

/** Records of metrics.jsonl without timings. */
function records({ run }: TrainSummary): unknown[] {
  return fs
    .readFileSync(path.join(run, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) =>
      Object.fromEntries(
        Object.entries(JSON.parse(line) as object).filter(([key]) => !/^(wall_s|speed\/)/.test(key)),
      ),
    );
}

describe('callbacks', () => {
  it('are called for every update, training episode and evaluation', async () => {
    const updates: string[][] = [];
    const episodes: EpisodeEnd[] = [];
    const evaluations: [number, number, boolean][] = [];
    const summary = await train(
      { ...MPE, name: 'heard' },
      {
        ...quiet,
        onUpdate: (info) => updates.push(Object.keys(info)),
        onEpisode: (episode) => episodes.push(episode),
        onEvaluation: ({ step, returns, best }) => evaluations.push([step, returns.mean, best]),
      },
    );
    expect(updates).toEqual(
      Array.from({ length: 3 }, () => [
        'learning_rate_actor',
        'learning_rate_critic',
        'loss_critic',
        'predictQ',
        'loss_actor',
      ]),
    );
    expect(episodes.map(({ step, environment }) => [step, environment])).toEqual(
      [16, 36].flatMap((step) => [0, 1, 2, 3].map((environment) => [step, environment])),
    );
    const [first] = records(summary) as [Record<string, number>];
    const firstRound = episodes.slice(0, 4).map(({ returns }) => returns['agent_0']!);
    expect(firstRound.reduce((sum, x) => sum + x) / 4).toBeCloseTo(
      first['train/episode_return/agent_0']!,
      12,
    );
    expect(evaluations.map(([step]) => step)).toEqual([20, 40]);
    expect(evaluations.at(-1)![1]).toBe(summary.final!.mean);
    expect(evaluations.find(([, , best]) => best)![0]).toBe(20);
  });

  it('can stop the run, which then evaluates and saves', async () => {
    const summary = await train(
      { ...MPE, name: 'stopped' },
      {
        ...quiet,
        onEpisode: (_, run) => {
          run.stop();
        },
      },
    );
    expect(summary).toMatchObject({ steps: 20, ended: 'stopped', interrupted: false });
    expect(summary.final!.episodes).toBe(2);
  });

  it('can set the curriculum stage, which survives resuming', async () => {
    const keys = { ...TINY, env_options: { max_cycles: 5, curriculum: true } };
    const moved = (name: string, options: TrainOptions = {}): Promise<TrainSummary> =>
      train({ ...keys, name }, { ...quiet, ...options });
    const setStage = {
      onEvaluation: (_: unknown, run: { setCurriculumStage(stage: number): void }) => {
        run.setCurriculumStage(2);
      },
    };
    const stayed = await moved('stayed');
    const whole = await moved('moved', setStage);
    expect(whole.final!.mean).not.toBe(stayed.final!.mean);
    // Evaluated again, the policy plays at the stage of its checkpoint.
    const { policy } = await evaluate(whole.run, { episodes: 2, seed: 10_000 });
    expect(policy.mean).toBe(whole.final!.mean);
    // The first evaluation earned more, at another stage, whose returns are no record to beat.
    expect(whole.best).toEqual({ step: 40, mean: whole.final!.mean });
    const half = await moved('half', {
      onEvaluation: (_, run) => {
        run.setCurriculumStage(2);
        run.stop();
      },
    });
    expect(half.steps).toBe(20);
    const resumed = await train({}, { ...quiet, resume: half.run });
    expect([resumed.steps, resumed.final]).toEqual([40, whole.final]);
    expect(weights(resumed)).toEqual(weights(whole));
  });

  it('get an error for half a curriculum stage, with which no checkpoint could be resumed', async () => {
    const keys = { ...TINY, env_options: { max_cycles: 5, curriculum: true }, name: 'fraction' };
    const onEvaluation: TrainOptions['onEvaluation'] = (_, run) => {
      run.setCurriculumStage(1.5);
    };
    await expect(train(keys, { ...quiet, onEvaluation })).rejects.toThrow(
      'setCurriculumStage: expected an integer, got 1.5',
    );
  });

  it('get an error for a missing curriculum', async () => {
    await expect(
      train(
        { ...MPE, env_id: 'simple_push_v3', use_parameter_sharing: 'teams', name: 'none' },
        {
          ...quiet,
          onEvaluation: (_, run) => {
            run.setCurriculumStage(1);
          },
        },
      ),
    ).rejects.toThrow(
      'setCurriculumStage: expected an environment with a curriculum, got simple_push_v3, which has none',
    );
  });
});

describe('early stopping', () => {
  it('ends a run at the first evaluation that reaches stop_at_return, and refuses to resume it', async () => {
    const summary = await train({ ...MPE, stop_at_return: -1000, name: 'reached' }, quiet);
    expect(summary).toMatchObject({ steps: 20, ended: 'stop_at_return', interrupted: false });
    await expect(train({}, { ...quiet, resume: summary.run })).rejects.toThrow(
      `${summary.run}: expected an unfinished run, got one that reached stop_at_return -1000 at step 20; ` +
        'to continue, --set stop_at_return=null',
    );
    const on = await train({ stop_at_return: null }, { ...quiet, resume: summary.run });
    expect(on).toMatchObject({ steps: 40, ended: 'running_steps' });
    expect(weights(on)).toEqual(weights(await train({ ...MPE, name: 'unbounded' }, quiet)));
  });

  it('ends a run after max_wall_s with an evaluation and a checkpoint', async () => {
    const summary = await train({ ...MPE, max_wall_s: 1e-9, name: 'timed' }, quiet);
    expect(summary).toMatchObject({ steps: 0, ended: 'max_wall_s' });
    expect(summary.final!.episodes).toBe(2);
    expect(fs.existsSync(summary.checkpoint!)).toBe(true);
  });
});

describe('resume', () => {
  it('ends with the bytes of an uninterrupted run', async () => {
    const whole = await train({ ...MPE, name: 'whole' }, quiet);
    const controller = new AbortController();
    const cut = await train(
      { ...MPE, name: 'cut' },
      {
        ...quiet,
        signal: controller.signal,
        onUpdate: () => {
          controller.abort();
        },
      },
    );
    expect(cut).toMatchObject({ steps: 20, ended: 'interrupted', interrupted: true });
    const resumed = await train({}, { ...quiet, resume: cut.run });
    expect(weights(resumed)).toEqual(weights(whole));
    expect(records(resumed)).toEqual(records(whole));
  });

  it('follows a summary that says at which step the run was evaluated last', async () => {
    const controller = new AbortController();
    let evaluated = -1;
    const cut = await train(
      { ...MPE, name: 'between' },
      {
        ...quiet,
        signal: controller.signal,
        onEvaluation: ({ step }) => {
          evaluated = step;
        },
        onUpdate: () => {
          if (evaluated > 0) controller.abort();
        },
      },
    );
    expect([cut.steps, cut.final!.step, evaluated]).toEqual([28, 20, 20]);
  });

  it('ends with the same bytes after interruptions amid the updates of one step', async () => {
    const keys = { ...MPE, n_epochs: 5 };
    const whole = await train({ ...keys, name: 'whole step' }, quiet);
    const cut = async (config: TrainConfig, resume?: string): Promise<TrainSummary> => {
      const controller = new AbortController();
      let updates = 0;
      const onUpdate = (): void => {
        updates += 1;
        if (updates === 2) controller.abort();
      };
      const options = { ...quiet, onUpdate, signal: controller.signal };
      return train(config, resume === undefined ? options : { ...options, resume });
    };
    const once = await cut({ ...keys, name: 'cut step' });
    expect(once).toMatchObject({ steps: 16, updates: 2, interrupted: true });
    const twice = await cut({}, once.run);
    expect(twice).toMatchObject({ steps: 16, updates: 4, interrupted: true });
    const resumed = await train({}, { ...quiet, resume: once.run });
    expect(resumed).toMatchObject({ steps: 40, updates: whole.updates, final: whole.final });
    expect(weights(resumed)).toEqual(weights(whole));
    expect(records(resumed)).toEqual(records(whole));
  });

  it('repeats the updates of a step that were made after the checkpoint before them', async () => {
    const keys = { ...MPE, n_epochs: 5, save_interval: 16 };
    const whole = await train({ ...keys, name: 'saved before' }, quiet);
    const controller = new AbortController();
    const onUpdate = (): void => {
      controller.abort();
    };
    const cut = await train({ ...keys, name: 'kept' }, { ...quiet, onUpdate, signal: controller.signal });
    expect(cut).toMatchObject({ steps: 16, updates: 1, interrupted: true });
    const resumed = await train({}, { ...quiet, resume: cut.run });
    expect(resumed.updates).toBe(whole.updates);
    expect(weights(resumed)).toEqual(weights(whole));
    expect(records(resumed)).toEqual(records(whole));
  });

  it('rejects with the reason of the abort, after a checkpoint, if that is an error of the caller', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const onUpdate = (): void => {
      controller.abort(reason);
    };
    const keys = { ...MPE, name: 'given up' };
    await expect(train(keys, { ...quiet, onUpdate, signal: controller.signal })).rejects.toBe(reason);
    const run = path.join(model_dir, 'given up');
    expect(fs.readFileSync(path.join(run, 'checkpoints', 'latest'), 'utf8')).toBe('step-000000020\n');
    expect(fs.readFileSync(path.join(run, 'log.jsonl'), 'utf8')).toContain('"message":"enough"');
  });

  it('starts with the interrupted evaluation, even the last one', async () => {
    /** A run aborted at step `n` of its evaluation environment, the first one made. */
    const run = async (name: string, n: number): Promise<TrainSummary> => {
      const controller = new AbortController();
      let made = 0;
      let steps = 0;
      const environment = (): CustomEnvironment => {
        const env = spread();
        made += 1;
        if (made > 1) return env;
        const step = env.step.bind(env);
        env.step = (actions) => {
          steps += 1;
          if (steps === n) controller.abort();
          return step(actions);
        };
        return env;
      };
      // With this seed, the last evaluation is not the best, which alone would save a checkpoint.
      const keys: TrainConfig = { ...TINY, name, seed: 3, save_replay: 'unfinished' };
      return train(keys, { ...quiet, environment, signal: controller.signal });
    };
    const files = ({ checkpoint }: TrainSummary): string[] => fs.readdirSync(checkpoint!).sort();
    const state = ({ checkpoint }: TrainSummary): unknown =>
      JSON.parse(fs.readFileSync(path.join(checkpoint!, 'state.json'), 'utf8'));
    const whole = await run('evaluated', Infinity);
    expect(whole.best!.step).toBe(20);
    for (const [name, n, step] of [
      ['first evaluation', 3, 20],
      ['last evaluation', 13, 40],
    ] as const) {
      const cut = await run(name, n);
      expect([cut.steps, cut.ended], name).toEqual([step, 'interrupted']);
      expect(state(cut), name).toMatchObject({ evaluation_due: true });
      const options = { ...quiet, environment: spread, resume: cut.run };
      const resumed = await train({}, options);
      expect(resumed, name).toMatchObject({ final: whole.final, best: whole.best });
      expect(records(resumed), name).toEqual(records(whole));
      // What remains is as after an uninterrupted run: nothing is due, and nothing kept to train on.
      expect(state(resumed), name).not.toHaveProperty('evaluation_due');
      expect(files(resumed), name).toEqual(files(whole));
    }
  });
});

describe("a program's own environment", () => {
  it('trains to the same bits as a factory function and by name', async () => {
    const named = await train({ ...MPE, name: 'named' }, quiet);
    const brought = await train({ ...TINY, name: 'brought' }, { ...quiet, environment: spread });
    expect(weights(brought)).toEqual(weights(named));
    expect(brought.final).toEqual(named.final);
    const { policy } = await evaluate(brought.run, { environment: spread, episodes: 3 });
    expect(policy).toEqual((await evaluate(named.run, { episodes: 3 })).policy);
  });

  it('trains as a single object, unaffected by evaluations', async () => {
    const keys = { parallels: 1, buffer_size: 40, name: 'alone' };
    const named = await train({ ...MPE, ...keys }, quiet);
    const brought = await train({ ...TINY, ...keys, name: 'object' }, { ...quiet, environment: spread() });
    expect(weights(brought)).toEqual(weights(named));
    expect(brought.final).toEqual(named.final);
  });

  it('is rejected as a single object with several environments or without snapshots', async () => {
    await expect(train({ ...TINY, name: 'no' }, { ...quiet, environment: spread() })).rejects.toThrow(
      'config: parallels: expected 1 with a single environment object, got 4; pass a function that makes environments, or set ' +
        'parallels to 1',
    );
    const unsaved = Object.assign(spread(), { snapshot: undefined, restore: undefined });
    await expect(
      train({ ...TINY, parallels: 1, name: 'no' }, { ...quiet, environment: unsaved }),
    ).rejects.toThrow(
      'environment: expected an object with snapshot() and restore() (training and evaluation share it), got one ' +
        'without; pass a function that makes environments',
    );
    expect(fs.existsSync(path.join(model_dir, 'no'))).toBe(false);
  });
});

/** MADDPG as an external program would write it. */
const MINE: Algorithm = {
  design: {
    actorInput: ['obs_i', 'id_i'],
    critics: ['critic'],
    criticInput: ['joint_obs', 'joint_act', 'id_i'],
    targets: ['actor', 'critic'],
  },
  abilities: { updateOrders: ['critic_first'], toolboxes: ['torch'], ensembles: false, keys: [] },
  noiseInputs: (_, policy) => losses.gumbelInputs(policy),
  next: losses.targetActions,
  target: (update, group) => {
    const after = { obs: update.sample.obsNext, jointActions: update.nextJoint() };
    return losses.temporalDifferenceTarget(
      update,
      group,
      losses.criticValue(update, group, 'target_critic', after),
    );
  },
  steps: (update, group, target) => {
    const { obs, actions } = update.sample;
    const q = losses.criticValue(update, group, 'critic', { obs, jointActions: actions });
    update.minimize(group, 'critic', ['critic'], losses.criticLoss(update, group, q, target), false);
    const fresh = losses.freshActions(update, group);
    const value = losses.criticValue(update, group, 'critic', { obs, jointActions: fresh.joint });
    update.minimize(group, 'actor', ['actor'], losses.actorLoss(update, group, value, fresh), false);
    update.softUpdate(group);
  },
};

describe("a program's own algorithm", () => {
  const algorithms = { MINE };

  it('trains, is saved by name, and acts when loaded', async () => {
    const own = await train({ ...MPE, agent: 'MINE', name: 'mine' }, { ...quiet, algorithms });
    const builtIn = await train({ ...MPE, agent: 'MADDPG', name: 'theirs' }, quiet);
    expect(weights(own)).toEqual(weights(builtIn));
    expect(fs.readFileSync(path.join(own.run, 'config.yaml'), 'utf8')).toMatch(/^agent: MINE$/m);
    const loaded = await loadPolicy(own.run, { algorithms });
    expect([...loaded.policy.networks.keys()]).toContain('target_critic/shared');
    await expect(loadPolicy(own.run)).rejects.toThrow(
      'agent: expected one of MADDPG, MATD3, IDDPG, ISAC, MASAC, or a mapping of teams to them, got "MINE"',
    );
  });

  it('can be combined with built-in ones by team', async () => {
    const keys = { ...MPE, env_id: 'simple_push_v3', use_parameter_sharing: 'teams' } as const;
    const agent = { adversary: 'MINE', agent: 'MATD3' };
    const summary = await train({ ...keys, agent, name: 'both' }, { ...quiet, algorithms });
    expect(summary.updates).toBe(3);
    expect(Object.keys(ALGORITHMS)).not.toContain('MINE');
  });
});

describe('a checkpoint', () => {
  it('of another engine acts on wasm', async () => {
    const summary = await train({ ...MPE, name: 'portable' }, quiet);
    const { files, step } = readCheckpoint(summary.checkpoint!);
    const config = new TextDecoder().decode(files.get('config.yaml'));
    const elsewhere = config
      .replace(/^engine: .*$/m, 'engine: tensorflow')
      .replace(/^device: .*$/m, 'device: gpu');
    expect(elsewhere).not.toBe(config);
    const foreign = path.join(model_dir, 'foreign');
    fs.mkdirSync(foreign);
    const moved = { ...Object.fromEntries(files), 'config.yaml': new TextEncoder().encode(elsewhere) };
    saveCheckpoint(foreign, step, moved, { packageVersion: '0', createdBy: {}, keep: 0 });
    const { policy } = await evaluate(foreign, { episodes: 2 });
    expect(policy).toEqual((await evaluate(summary.run, { episodes: 2 })).policy);
  });

  it('leaves no open files', async () => {
    await train({ ...MPE, name: 'closed' }, quiet);
    await vi.waitFor(() => {
      expect(openFiles(model_dir)).toEqual([]);
    });
  });
});

describe('evaluate()', () => {
  it('equals the evaluation during training, and reports every episode', async () => {
    const summary = await train({ ...MPE, name: 'numbers' }, quiet);
    const returns: number[] = [];
    const result = await evaluate(summary.run, {
      ...{ episodes: 2, seed: 10000 },
      onEpisode: (_, { agent_0 }) => returns.push(agent_0!),
    });
    expect({ step: summary.steps, ...result.policy }).toEqual(summary.final);
    expect(result).toMatchObject({ checkpoint: summary.checkpoint, step: 40, episodes: 2, seed: 10000 });
    expect((returns[0]! + returns[1]!) / 2).toBeCloseTo(result.policy.per_agent['agent_0']!.mean, 12);
  });

  it('rejects when its signal aborts', async () => {
    const summary = await train({ ...MPE, name: 'aborted' }, quiet);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(evaluate(summary.run, { episodes: 1e6, signal })).rejects.toThrow('enough');
  });
});
