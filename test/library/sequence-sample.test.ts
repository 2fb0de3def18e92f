/** The sample of update_rnn(): all forms give the same bits; invalid ones get full messages. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FastStream, type LearnerMAS, type SequenceSample, type UpdateInfo } from '../../src/index.ts';
import { alike, faultOf, numbersOf, sampleOf, unlike } from './small.ts';

/** Steps of two episodes, of up to 3. */
const LENGTHS = [3, 2];
const recurrent = { use_rnn: true, fc_hidden_sizes: [3], recurrent_hidden_size: 3 } as const;

type Nested = Record<'obs' | 'actions' | 'rewards' | 'terminals' | 'agent_mask', number[][][][]> & {
  readonly filled: number[][];
};

/** Two episodes, [B][T][N][width], with `rest` behind their ends. */
function episodesOf({ policy }: LearnerMAS, rest = 0): Nested {
  const stream = new FastStream(1, 'episodes');
  const { agents } = policy.spec;
  const each = (slots: number, width: (i: number) => number, draw: () => number): number[][][][] =>
    LENGTHS.map((length) =>
      Array.from({ length: slots }, (_, t) =>
        agents.map((__, i) =>
          Array.from({ length: width(i) }, () => (t < length + slots - 3 ? Math.fround(draw()) : rest)),
        ),
      ),
    );
  return {
    obs: each(
      4,
      (i) => agents[i]!.obsWidth,
      () => stream.normal(),
    ),
    actions: each(
      3,
      (i) => agents[i]!.actWidth,
      () => stream.double(),
    ),
    rewards: each(
      3,
      () => 1,
      () => stream.normal(),
    ),
    terminals: each(
      3,
      () => 1,
      () => 0,
    ),
    agent_mask: each(
      3,
      () => 1,
      () => 1,
    ),
    filled: LENGTHS.map((length) => [0, 1, 2].map((t) => (t < length ? 1 : 0))),
  };
}

function without(nested: Nested, name: string): unknown {
  return Object.fromEntries(Object.entries(nested).filter(([other]) => other !== name));
}

async function updated(
  form: (nested: Nested) => SequenceSample,
): Promise<[UpdateInfo, Record<string, number[]>]> {
  const learner = await unlike(recurrent);
  const info = learner.update_rnn(form(episodesOf(learner)));
  return [info, numbersOf(learner)];
}

describe('forms of episodes', () => {
  it.each<[string, (nested: Nested) => SequenceSample]>([
    [
      'a flat typed array for each episode',
      ({ obs, actions, ...others }) => ({
        ...others,
        obs: obs.map((steps) => Float32Array.from(steps.flat(2))),
        actions: actions.map((steps) => Float64Array.from(steps.flat(2))),
      }),
    ],
    [
      'a row of all agents for each step, and booleans',
      ({ obs, actions, rewards, terminals, agent_mask, filled }) => ({
        ...{ obs: obs.map((steps) => steps.map((row) => row.flat())) },
        ...{ actions: actions.map((steps) => steps.map((row) => row.flat())) },
        rewards: rewards.map((steps) => steps.map((row) => row.flat())),
        terminals: terminals.map((steps) => steps.map((row) => row.flat().map((x) => x === 1))),
        agent_mask: agent_mask.map((steps) => steps.map((row) => row.flat().map((x) => x === 1))),
        filled: filled.map((steps) => steps.map((x) => x === 1)),
      }),
    ],
    [
      'discounts of gamma, and action masks of 1',
      (nested) => ({
        ...nested,
        discounts: nested.filled.map((steps) => steps.map(() => 0.9)),
        action_mask: nested.obs.map((steps) => steps.map(() => [[1, 1], [1]])),
      }),
    ],
  ])('%s', async (_, form) => {
    expect(await updated(form)).toEqual(await updated((nested) => nested));
  });
});

describe('update_rnn', () => {
  it('learns nothing from what is behind the end, and what is there moves the networks', async () => {
    const [a, b] = [await unlike(recurrent), await unlike(recurrent)];
    const before = numbersOf(a);
    a.update_rnn(episodesOf(a));
    const padded = episodesOf(b, 0.75);
    b.update_rnn({ ...padded, terminals: episodesOf(b).terminals, agent_mask: episodesOf(b, 1).agent_mask });
    expect(numbersOf(b)).toEqual(numbersOf(a));
    expect(numbersOf(a)).not.toEqual(before);
  });

  it('continues bit for bit from a saved model', async () => {
    const dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-recurrent-'));
    const keys = { ...recurrent, agent: 'MASAC', N_recurrent_layers: 2, dropout: 0.5 } as const;
    const [a, b] = [await alike(keys), await alike({ ...keys, seed: 9 })];
    a.update_rnn(episodesOf(a));
    await a.saveModel(dir);
    await b.loadModel(dir);
    for (const learner of [a, b]) learner.update_rnn(episodesOf(learner));
    expect(numbersOf(b)).toEqual(numbersOf(a));
    fs.rmSync(dir, { recursive: true });
  });

  it('and update() name each other where the policy is of the other kind', async () => {
    const [feedForward, remembering] = [await alike(), await alike(recurrent)];
    expect(await faultOf(() => feedForward.update_rnn(episodesOf(feedForward)))).toBe(
      'UserError: update_rnn: expected a recurrent policy, got a feed-forward one, which learns from transitions; call update()',
    );
    expect(await faultOf(() => remembering.update(sampleOf(remembering)))).toBe(
      'UserError: update: expected a feed-forward policy, got a recurrent one, which learns from episodes; call update_rnn()',
    );
  });

  it.each<[string, (nested: Nested) => unknown]>([
    ['expected a sample such as { obs, actions, ... }, got none', () => undefined],
    ['filled: expected B x T flags such as [[1, 1, 0]], got none', (nested) => without(nested, 'filled')],
    ['obs: expected 2 episodes, got none', (nested) => without(nested, 'obs')],
    ['obs: expected 2 episodes, got 1', (nested) => ({ ...nested, obs: nested.obs.slice(1) })],
    [
      'obs[0]: expected 4 slots, got 3',
      (nested) => ({ ...nested, obs: nested.obs.map((steps) => steps.slice(1)) }),
    ],
    [
      'actions[1]: expected finite numbers, got NaN (slot 2, agent 1)',
      (nested) => {
        nested.actions[1]![2]![1]![0] = NaN;
        return nested;
      },
    ],
    [
      'filled[1]: expected 0, 1, false or true, got 2 (slot 0)',
      (nested) => ({
        ...nested,
        filled: [
          [1, 1, 1],
          [2, 0, 0],
        ],
      }),
    ],
  ])('says: %s', async (message, form) => {
    const learner = await unlike(recurrent);
    const before = numbersOf(learner);
    expect(await faultOf(() => learner.update_rnn(form(episodesOf(learner)) as SequenceSample))).toBe(
      `UserError: update_rnn: ${message}`,
    );
    expect(numbersOf(learner)).toEqual(before);
  });
});
