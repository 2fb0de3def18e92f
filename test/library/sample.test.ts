/** The sample of update(): all forms give the same bits; invalid ones get full messages. */
import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import {
  createBatch,
  makeLearner,
  type Batch,
  type LearnerMAS,
  type Sample,
  type UpdateInfo,
} from '../../src/index.ts';
import { alike, faultOf, numbersOf, sampleOf, unlike } from './small.ts';

type Made = [info: UpdateInfo, numbers: Record<string, number[]>];

/** State after one update with a form of the sample. */
async function updated(
  form: (nested: ReturnType<typeof sampleOf>, learner: LearnerMAS) => Sample | Batch,
): Promise<Made> {
  const learner = await unlike();
  const info = learner.update(form(sampleOf(learner), learner));
  return [info, numbersOf(learner)];
}

function flat(nested: number[][] | number[][][]): number[] {
  return (nested as number[][][]).flat(2);
}

describe('critic_reward team', () => {
  it.each([{ identity_embedding_mode: 'none' }, { identity_embedding_mode: 'one_hot' }] as const)(
    "learns from the team's mean reward with %j",
    async (keys) => {
      const updated = async (rewards: readonly number[]): Promise<Record<string, number[]>> => {
        const learner = await alike({ critic_reward: 'team', ...keys });
        const sample = sampleOf(learner);
        learner.update({ ...sample, rewards: sample.rewards.map(() => rewards) });
        return numbersOf(learner);
      };
      expect(await updated([1, 100])).toEqual(await updated([50.5, 50.5]));
      expect(await updated([100, 1])).toEqual(await updated([50.5, 50.5]));
      expect(await updated([1, 1])).not.toEqual(await updated([50.5, 50.5]));
    },
  );
});

describe('forms of a sample', () => {
  it.each<[string, (nested: ReturnType<typeof sampleOf>, learner: LearnerMAS) => Sample | Batch]>([
    [
      'flat lists',
      ({ obs, actions, obs_next, rewards, terminals, agent_mask }) => ({
        ...{ obs: flat(obs), actions: flat(actions), obs_next: flat(obs_next), rewards: flat(rewards) },
        ...{ terminals: flat(terminals), agent_mask: flat(agent_mask), size: 5 },
      }),
    ],
    [
      'typed arrays of any kind',
      ({ obs, actions, obs_next, rewards, terminals, agent_mask }) => ({
        ...{ obs: Float32Array.from(flat(obs)), actions: Float64Array.from(flat(actions)) },
        ...{ obs_next: Float32Array.from(flat(obs_next)), rewards: Float64Array.from(flat(rewards)) },
        ...{ terminals: Uint8Array.from(flat(terminals)), agent_mask: Int32Array.from(flat(agent_mask)) },
      }),
    ],
    [
      'vectors of agents as typed arrays, and [B][N][1]',
      (nested) => ({
        ...nested,
        obs: nested.obs.map((row) => row.map((own) => Float32Array.from(own as number[]))),
        rewards: nested.rewards.map((row) => row.map((x) => [x as number])),
        terminals: nested.terminals.map((row) => row.map((x) => [x as number])),
        agent_mask: nested.agent_mask.map((row) => row.map((x) => [x as number])),
      }),
    ],
    [
      'a row of all agents for each transition',
      (nested) => ({
        ...nested,
        obs: nested.obs.map((row) => row.flat()),
        actions: nested.actions.map((row) => row.flat()),
      }),
    ],
    [
      'booleans, nested and flat',
      (nested) => ({
        ...nested,
        terminals: nested.terminals.map((row) => row.map((x) => x === 1)),
        agent_mask: flat(nested.agent_mask).map((x) => x === 1),
      }),
    ],
    [
      'a Batch',
      (nested, { policy }) => {
        const batch = createBatch(policy.spec, 5);
        batch.obs.set(flat(nested.obs));
        batch.actions.set(flat(nested.actions));
        batch.obsNext.set(flat(nested.obs_next));
        batch.rewards.set(flat(nested.rewards));
        batch.terminals.set(flat(nested.terminals));
        batch.agentMask.set(flat(nested.agent_mask));
        return batch;
      },
    ],
    ['discounts of gamma', (nested) => ({ ...nested, discounts: [0.9, 0.9, 0.9, 0.9, 0.9] })],
  ])('%s equal nested arrays, bit for bit', async (_, form) => {
    expect(await updated(form)).toEqual(await updated((nested) => nested));
  });

  it('apply discounts to the bootstrap value', async () => {
    const ended = await updated((nested) => ({
      ...nested,
      terminals: nested.terminals.map((row) => row.map(() => 1)),
    }));
    expect(await updated((nested) => ({ ...nested, discounts: [0, 0, 0, 0, 0] }))).toEqual(ended);
  });

  it('apply importance weights and report TD errors with prioritized replay', async () => {
    const learner = await alike({ replay: 'prioritized' });
    const before = numbersOf(learner);
    const sample = sampleOf(learner);
    const critics = (numbers: Record<string, number[]>) =>
      Object.entries(numbers).filter(([name]) => name.startsWith('parameters critic'));
    const info = learner.update({ ...sample, weights: [0, 0, 0, 0, 0] });
    expect(info['loss_critic']).toBe(0);
    expect(critics(numbersOf(learner))).toEqual(critics(before));
    const errors = new Float32Array(5);
    learner.readErrors(errors);
    expect(errors.every((error) => error > 0)).toBe(true);
    expect(learner.update(sample)['loss_critic']).toBeGreaterThan(0);
  });

  it('may vary in size between updates', async () => {
    const learner = await alike();
    const infos = [3, 7, 3].map((size) => learner.update(sampleOf(learner, size, size)));
    expect(infos.map((info) => Object.keys(info))).toEqual(
      Array(3).fill(['learning_rate_actor', 'learning_rate_critic', 'loss_critic', 'predictQ', 'loss_actor']),
    );
    expect(learner.iterations).toBe(3);
  });
});

describe('faults of a sample', () => {
  it.each<[unknown, string]>([
    [undefined, 'update: expected a sample such as { obs, actions, ... }, got none'],
    [{}, 'update: obs: expected B x 7 numbers, got none'],
    [{ obs: undefined }, 'update: obs: expected 5 x 7 numbers, got none'],
    [{ rewards: undefined }, 'update: rewards: expected 5 x 2 numbers, got none'],
    [{ agent_mask: null }, 'update: agent_mask: expected 5 x 2 numbers, got none'],
    [{ obs_next: 0.99 }, 'update: obs_next: expected 5 x 7 numbers, got 0.99'],
    [{ obs: [1, 2, 3] }, 'update: obs: expected 5 x 7 numbers, got 3'],
    [{ terminals: new Float32Array(9) }, 'update: terminals: expected 5 x 2 numbers, got 9'],
    [{ rewards: [1, 2, 3, 4, 5] }, 'update: rewards: expected 5 x 2 numbers, got 5'],
    [{ actions: [] }, 'update: actions: expected 5 x 3 numbers, got 0'],
    [{ size: 6 }, 'update: obs: expected 6 transitions, got 5'],
    [{ size: 0 }, 'update: size: expected an integer >= 1, got 0'],
    [{ rewards: [[1, 2]] }, 'update: rewards: expected 5 transitions, got 1'],
    [{ obs: Array(5).fill([[1, 2, 3, 4]]) }, 'update: obs[0]: expected 2 agents, got 1'],
    [
      {
        obs: Array(5).fill([
          [1, 2, 3],
          [1, 2, 3],
        ]),
      },
      'update: obs[0][0]: expected 4 numbers, got 3',
    ],
    [{ obs: Array(5).fill([[1, 2, 3, 4], 7]) }, 'update: obs[0][1]: expected 3 numbers, got 7'],
    [{ obs: Array(5).fill([1, 2, 3]) }, 'update: obs[0]: expected 7 numbers, got 3'],
    [
      { rewards: Array(5).fill([1, NaN]) },
      'update: rewards: expected finite numbers, got NaN (transition 0, agent 1)',
    ],
    [
      { rewards: [1, 2, 3, 4, 5, '6', 7, 8, 9, 10] },
      'update: rewards: expected finite numbers, got "6" (transition 2, agent 1)',
    ],
    [
      { actions: Array(15).fill(1e39) },
      'update: actions: expected finite numbers, got 1e+39 (transition 0, agent 0)',
    ],
    [
      { terminals: Array(5).fill([0, 2]) },
      'update: terminals: expected 0, 1, false or true, got 2 (transition 0, agent 1)',
    ],
    [
      { rewards: Array(5).fill([true, false]) },
      'update: rewards: expected finite numbers, got true (transition 0, agent 0)',
    ],
    [{ obsNext: [] }, 'update: expected one of obs_next and obsNext, got both'],
    [{ discounts: [1] }, 'update: discounts: expected 5 x 1 numbers, got 1'],
    [
      { weights: [1, 1, 1, 1, 1] },
      'update: weights: expected none with replay uniform, got an array of 5; set config.replay to prioritized',
    ],
  ])('%j', async (change, message) => {
    const learner = await unlike();
    const sample = change && Object.keys(change).length > 0 ? { ...sampleOf(learner), ...change } : change;
    expect(await faultOf(() => learner.update(sample as Sample))).toBe(`UserError: ${message}`);
    expect(learner.iterations).toBe(0);
  });

  it('name missing or short arrays of a Batch', async () => {
    const learner = await alike();
    const { obs, ...rest } = createBatch(learner.policy.spec, 2);
    expect(await faultOf(() => learner.update(rest as Batch))).toBe(
      'UserError: update: obs: expected 2 x 6 numbers, got none',
    );
    expect(await faultOf(() => learner.update({ ...rest, obs: obs.subarray(1) }))).toBe(
      'UserError: update: obs: expected 2 x 6 numbers, got 11',
    );
  });

  it('leave the learner unchanged', async () => {
    const [disturbed, other] = [await alike({ agent: 'ISAC' }), await alike({ agent: 'ISAC' })];
    const sample = sampleOf(disturbed);
    await faultOf(() => disturbed.update({ ...sample, agent_mask: [1] }));
    expect(disturbed.update(sample)).toEqual(other.update(sample));
    expect(numbersOf(disturbed)).toEqual(numbersOf(other));
  });
});

describe('action masks of a sample', () => {
  const masks = (value: number | boolean): (number | boolean)[][][] =>
    Array.from({ length: 5 }, () => [
      new Array<typeof value>(CHOICES).fill(value),
      new Array<typeof value>(CHOICES).fill(value),
    ]);
  const CHOICES = 3;
  const spec = jointSpec(
    ['a', 'b'].map((name) => ({
      ...{ name, team: name, obsWidth: 2, actWidth: CHOICES },
      ...{ actionKind: 'discrete', actionLow: 0, actionHigh: 1 },
    })),
  );
  const learnerOf = (): Promise<LearnerMAS> =>
    makeLearner({ actor_hidden_size: [4], critic_hidden_size: [4], gumbel: 'straight_through' }, spec);

  it('change no bit where everything is allowed, and matter where not', async () => {
    const made = await Promise.all(
      [{}, { action_mask: masks(1), action_mask_next: masks(true) }, undefined].map(async (given) => {
        const learner = await learnerOf();
        const some = masks(1).map((row) => row.map(() => [0, 0, 1]));
        const info = learner.update({
          ...sampleOf(learner),
          ...(given ?? { action_mask: some, action_mask_next: some }),
        });
        return [info, numbersOf(learner)];
      }),
    );
    expect(made[1]).toEqual(made[0]);
    expect(made[2]).not.toEqual(made[0]);
  });

  it.each<[string, object, string]>([
    [
      'without the next one',
      { action_mask: masks(1) },
      'update: action_mask_next: expected 5 x 6 numbers, got none',
    ],
    [
      'with a fraction',
      { action_mask: masks(0.5), action_mask_next: masks(1) },
      'update: action_mask: expected 0, 1, false or true, got 0.5 (transition 0, agent 0)',
    ],
    [
      'that allow an agent nothing',
      {
        action_mask: masks(1),
        action_mask_next: masks(1).map((row, b) => (b === 3 ? [row[0]!, [0, 0, 0]] : row)),
      },
      'update: action_mask_next: expected at least one allowed action, got none (transition 3, agent 1)',
    ],
  ])('%s are refused', async (_, given, message) => {
    const learner = await learnerOf();
    expect(() => learner.update({ ...sampleOf(learner), ...given })).toThrow(message);
  });
});
