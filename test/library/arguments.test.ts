/** Constructor arguments of learners, including contradictory ones and mistakes that only plain JavaScript allows. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  IDDPGLearner,
  ISACLearner,
  LearnerMAS,
  loadConfig,
  MADDPGLearner,
  makeLearner,
  MASACLearner,
  MATD3Learner,
  type Config,
  type UpdateInfo,
} from '../../src/index.ts';
import { ALIKE, alike, faultOf, sampleOf, SMALL, UNLIKE, untyped } from './small.ts';

const LEARNERS = {
  MADDPG: MADDPGLearner,
  MATD3: MATD3Learner,
  IDDPG: IDDPGLearner,
  ISAC: ISACLearner,
  MASAC: MASACLearner,
};
const AGENTS = Object.keys(LEARNERS) as (keyof typeof LEARNERS)[];

/** Info of the first update of an MADDPG learner with this config and these further arguments. */
async function reported(config: Partial<Config>, ...rest: unknown[]): Promise<UpdateInfo> {
  const { policy, optimizer } = await alike();
  const documented = [optimizer.actor, optimizer.critic];
  const learner = new MADDPGLearner(...untyped(config, policy, documented, null, ...rest));
  return learner.update(sampleOf(learner));
}

describe.each(AGENTS)('%sLearner', (agent) => {
  it("takes XuanCe's positional arguments and exposes them", async () => {
    const made = await alike({ agent });
    expect(made).toBeInstanceOf(LEARNERS[agent]);
    const learner = new LEARNERS[agent](
      { tau: 0.05, gamma: 0.95, batch_size: 256, use_grad_clip: true, grad_clip_norm: 0.5 },
      made.policy,
      [made.optimizer.actor, made.optimizer.critic],
      [null, null],
      'cpu',
      './model',
      0.95,
      100,
    );
    const info = learner.update(sampleOf(learner));
    expect(info['learning_rate_critic']).toBe(0.001);
    const { tau, gamma, syncFrequency, modelDir, device, nAgents, n_agents, iterations, policy } = learner;
    expect({ tau, gamma, syncFrequency, modelDir, device, nAgents, n_agents, iterations }).toEqual({
      ...{ tau: 0.05, gamma: 0.95, syncFrequency: 100, modelDir: './model', device: 'cpu' },
      ...{ nAgents: 2, n_agents: 2, iterations: 1 },
    });
    expect(policy).toBe(made.policy);
    expect(learner.args).toEqual({ ...learner.args, agent, batch_size: 256, use_grad_clip: true, tau: 0.05 });
  });

  it('takes a resolved config', async () => {
    const { policy, optimizer, scheduler } = await alike({ agent });
    const { config } = loadConfig({ keys: { agent, tau: 0.25, running_steps: 5000 } });
    const learner = new LEARNERS[agent](config, policy, optimizer, scheduler);
    expect(learner.args).toEqual(config);
    expect(learner.modelDir).toBe('./');
  });

  it('rejects a config of another algorithm', async () => {
    const { policy, optimizer } = await alike({ agent });
    const other = agent === 'MADDPG' ? 'IDDPG' : 'MADDPG';
    expect(await faultOf(() => new LEARNERS[agent]({ agent: other }, policy, optimizer))).toBe(
      `UserError: ${agent}Learner: config.agent: expected ${agent}, got "${other}"; use its learner, or leave it out`,
    );
  });
});

describe('gamma and sync_frequency', () => {
  it('come from the config, an argument or the key table', async () => {
    const half = await reported({ gamma: 0.5 });
    expect(await reported({}, 'cpu', './', 0.5)).toEqual(half);
    expect(await reported({}, { gamma: 0.5 })).toEqual(half);
    expect(await reported({ gamma: 0.5 }, 'cpu', './', 0.5)).toEqual(half);
    const usual = await reported({});
    expect(await reported({ gamma: 0.99 })).toEqual(usual);
    expect(usual['loss_critic']).not.toBe(half['loss_critic']);
  });

  it('enter the TD target', async () => {
    const made = await alike({ gamma: 0, critic_hidden_size: [] });
    const { store } = made.policy;
    store.write('parameters', 'critic/shared', store.read('parameters', 'critic/shared').fill(0));
    const rewards = [
      [1, -2],
      [3, 0],
      [0.5, 0.5],
    ];
    const sample = { ...sampleOf(made, 1, 3), rewards, agent_mask: [1, 1, 1, 1, 1, 1] };
    expect(made.update(sample)['loss_critic']).toBeCloseTo((1 + 4 + 9 + 0.25 + 0.25) / 6, 6);
  });

  it('sync_frequency is read from config and argument', async () => {
    const { policy, optimizer } = await alike();
    const hard = { target_update: 'hard' } as const;
    const of = (config: Partial<Config>, ...rest: unknown[]): number =>
      new MADDPGLearner(...untyped(config, policy, optimizer, null, ...rest)).syncFrequency;
    expect(of({ ...hard, sync_frequency: 7 })).toBe(7);
    expect(of(hard, null, './', undefined, 7)).toBe(7);
    expect(of(hard, { syncFrequency: 7 })).toBe(7);
    expect(of(hard)).toBe(100);
  });
});

describe('faults of the constructor', () => {
  let args: Record<'policy' | 'optimizer', unknown>;
  beforeAll(async () => {
    args = await alike();
  });

  it.each<[unknown, readonly unknown[], string]>([
    [
      { gamma: 0.95 },
      ['cpu', './', 0.99],
      'gamma: expected 0.95 as config.gamma, got 0.99; leave out one of them',
    ],
    [
      { gamma: 0.95 },
      [{ gamma: '0.95' }],
      'gamma: expected 0.95 as config.gamma, got "0.95"; leave out one of them',
    ],
    [
      { sync_frequency: 2 },
      ['cpu', './', undefined, 100],
      'syncFrequency: expected 2 as config.sync_frequency, got 100; leave out one of them',
    ],
    [{ seed: 2 }, [{ seed: 3 }], 'seed: expected 2 as config.seed, got 3; leave out one of them'],
    [
      {},
      ['gpu'],
      `device: expected cpu, the device of the policy's engine (reference), got "gpu"; leave it out, or create the engine for gpu`,
    ],
    [
      {},
      [0],
      `device: expected cpu, the device of the policy's engine (reference), got 0; leave it out, or create the engine for gpu`,
    ],
    [
      { device: 'cuda:0' },
      [],
      `config.device: expected cpu, the device of the policy's engine (reference), got "cuda:0"; leave it out, or create the engine for gpu`,
    ],
    [{}, ['./model'], 'device: expected cpu, gpu or cuda, got "./model"'],
    [{}, ['cpu', 0.95], 'modelDir: expected a folder, got 0.95'],
    [{}, [{ modelDir: '' }], 'modelDir: expected a folder, got ""'],
    [
      {},
      [{ model_dir: './model' }],
      'options: expected names among device, modelDir, gamma, syncFrequency, seed, got "model_dir"; did you mean modelDir?',
    ],
    [
      {},
      [{ gamma: 0.95 }, './'],
      'options: expected no further arguments, got 1; move them into the options',
    ],
    [{}, ['cpu', './', 2], 'config: gamma: expected a number from 0 to 1, got 2'],
    [{ tau: 2 }, [], 'config: tau: expected a number > 0 and <= 1, got 2'],
    [{ gama: 0.9 }, [], 'config: gama: expected a known key, got "gama"; did you mean gamma?'],
    [undefined, [], 'config: expected keys such as { tau: 0.01, gamma: 0.95 }, got none'],
    [new Map([['tau', 0.1]]), [], 'config: expected keys such as { tau: 0.01, gamma: 0.95 }, got a Map'],
    [
      { agent: { adversary: 'MADDPG', agent: 'IDDPG' } },
      [],
      'config.agent: expected MADDPG, got {"adversary":"MADDPG","agent":"IDDPG"}; use its learner, or leave it out',
    ],
  ])('%j and %j', async (config, rest, message) => {
    const all = untyped(config, args.policy, args.optimizer, null, ...rest);
    expect(await faultOf(() => new MADDPGLearner(...all))).toBe(`UserError: MADDPGLearner: ${message}`);
  });

  it.each<[unknown, string]>([
    [undefined, 'policy: expected a Policy, got none; makeLearner() builds one'],
    [{ act: () => 0 }, 'policy: expected a Policy, got an object; makeLearner() builds one'],
  ])('a policy that is %j', async (policy, message) => {
    const all = untyped({}, policy, args.optimizer);
    expect(await faultOf(() => new MADDPGLearner(...all))).toBe(`UserError: MADDPGLearner: ${message}`);
  });

  it('reject a policy of another algorithm', async () => {
    const { policy, optimizer } = await alike({ agent: 'ISAC' });
    expect(await faultOf(() => new MADDPGLearner({}, policy, optimizer))).toBe(
      'UserError: MADDPGLearner: policy: expected in group shared deterministic actors, critics critic of joint_obs, ' +
        'joint_act, id_i, targets of actor, critic, got gaussian actors, critics critic_1 and critic_2 of obs_i, act_i, ' +
        "id_i, targets of critic_1, critic_2, a learned temperature; build it with the algorithm's design",
    );
    const fixed = { use_automatic_entropy_tuning: false };
    expect(await faultOf(() => new ISACLearner(fixed, policy, optimizer))).toBe(
      'UserError: ISACLearner: policy: expected in group shared gaussian actors, critics critic_1 and critic_2 of obs_i, ' +
        'act_i, id_i, targets of critic_1, critic_2, no learned temperature, got gaussian actors, critics critic_1 and ' +
        "critic_2 of obs_i, act_i, id_i, targets of critic_1, critic_2, a learned temperature; build it with the algorithm's design",
    );
  });

  it('reject an ensemble', async () => {
    expect(await faultOf(() => alike({ ensemble_size: 2 }))).toBe(
      'UserError: makeLearner: MADDPGLearner: policy: expected one policy per group, got an ensemble of 2; use train() for ensembles',
    );
  });

  it('include rules between learner keys, not run keys', async () => {
    const { policy, optimizer } = await alike({ agent: 'MATD3' });
    const keys = { target_update: 'hard', sync_frequency: 5 } as const;
    expect(await faultOf(() => new MATD3Learner(keys, policy, optimizer))).toBe(
      'UserError: MATD3Learner: config: sync_frequency: expected a multiple of actor_update_delay (2) with agent MATD3, ' +
        'which updates targets only then, got 5; set sync_frequency to 4 or 6',
    );
    const run = { running_steps: 10, batch_size: 1e6 };
    expect(new MATD3Learner(run, policy, optimizer).args.batch_size).toBe(1e6);
  });

  it('reject target_noise with discrete actions', async () => {
    const discrete = {
      ...ALIKE,
      agents: ALIKE.agents.map((a) => ({ ...a, actionKind: 'discrete' as const })),
    };
    const { policy, optimizer } = await makeLearner({ ...SMALL, agent: 'MATD3' }, discrete);
    expect(await faultOf(() => new MATD3Learner({ target_noise: 0.2 }, policy, optimizer))).toBe(
      'UserError: MATD3Learner: target_noise: expected 0 (agent_0, agent_1 have discrete actions), got 0.2',
    );
  });
});

describe('LearnerMAS', () => {
  it('takes one algorithm per team', async () => {
    const agent = { cat: 'MADDPG', mouse: 'ISAC' } as const;
    const made = await makeLearner({ ...SMALL, agent, use_parameter_sharing: 'teams' }, UNLIKE);
    expect(made.constructor).toBe(LearnerMAS);
    const info = made.update(sampleOf(made));
    expect(Object.keys(info).sort()).toEqual(
      [
        ...['loss_actor', 'loss_critic', 'predictQ'].map((name) => `cat/${name}`),
        ...['alpha', 'alpha_loss', 'loss_actor', 'loss_critic', 'predictQ'].map((name) => `mouse/${name}`),
        ...['cat', 'mouse'].flatMap((group) =>
          ['actor', 'critic'].map((name) => `${group}/learning_rate_${name}`),
        ),
      ].sort(),
    );
    const { policy, optimizer, scheduler } = made;
    expect(await faultOf(() => new LearnerMAS({ cat: 'MADDPG' }, {}, policy, optimizer, scheduler))).toBe(
      'UserError: LearnerMAS: agent: expected an algorithm for each of the teams cat, mouse, got {"cat":"MADDPG"}',
    );
  });
});
