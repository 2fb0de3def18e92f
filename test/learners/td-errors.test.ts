import { describe, expect, it } from 'vitest';
import type { Program } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/registry.ts';
import type { Learner, UpdateInfo } from '../../src/learners/learner.ts';
import { readErrors } from '../../src/learners/td-errors.ts';
import type { ParameterGroup } from '../../src/policy/groups.ts';
import type { Batch } from '../../src/replay/batch.ts';
import {
  learnerOn,
  noiseFor,
  sampleFor,
  type AgentSample,
  SMALL_LEARNER,
  type RandomLearner,
} from '../contract/random-learner.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const B = 5;

const settings = (agent: RandomLearner['agent'], keys: Partial<RandomLearner> = {}): RandomLearner => ({
  ...SMALL_LEARNER,
  ...{ agent, batchSize: B, prioritized: true },
  ...keys,
});

function updated(
  random: RandomLearner,
  change: (sample: AgentSample) => Batch,
): { learner: Learner; info: UpdateInfo } {
  const learner = learnerOn(engine, random);
  return {
    learner,
    info: learner.update(change(sampleFor(learner, random, 0)), noiseFor(learner, random, 0)),
  };
}

const weighing =
  (...weights: number[]) =>
  (sample: AgentSample): Batch => ({ ...sample, weights: Float32Array.from(weights) });

describe.each(['MADDPG', 'MATD3', 'IDDPG', 'ISAC', 'MASAC'] as const)('importance weights of %s', (agent) => {
  it('default to 1, bit for bit', () => {
    const plain = updated(settings(agent, { prioritized: false }), (sample) => sample);
    const ones = updated(settings(agent), weighing(1, 1, 1, 1, 1));
    const without = updated(
      settings(agent),
      ({ size, obs, actions, obsNext, rewards, terminals, agentMask, discounts }) => ({
        ...{ size, obs, actions, obsNext, rewards, terminals, agentMask, discounts },
      }),
    );
    for (const { learner, info } of [ones, without]) {
      expect(info).toEqual(plain.info);
      expect(learner.policy.tensors()).toEqual(plain.learner.policy.tensors());
    }
  });

  it('weight the squared TD errors', () => {
    const lossOf = (...weights: number[]): number =>
      updated(settings(agent), weighing(...weights)).info['loss_critic']!;
    const parts = [0, 1, 2, 3, 4].map((b) =>
      lossOf(...[0, 1, 2, 3, 4].map((other) => (other === b ? 1 : 0))),
    );
    expect(parts.every((part) => part > 0)).toBe(true);
    const [a, b, c, d, e] = parts as [number, number, number, number, number];
    expect(lossOf(1, 1, 1, 1, 1)).toBeCloseTo(a + b + c + d + e, 4);
    expect(lossOf(0.5, 0, 2, 0, 0.25)).toBeCloseTo(0.5 * a + 2 * c + 0.25 * e, 4);
    expect(b).not.toBeCloseTo(d, 4);
  });
});

describe.each(['MADDPG', 'IDDPG'] as const)('TD errors of %s', (agent) => {
  it.each([true, false])('match the critic loss, with shared parameters: %s', (sharing) => {
    // One active agent per sample: its error is the sample's.
    const masked = (sample: AgentSample): Batch => {
      sample.agentMask.forEach((_, k) => (sample.agentMask[k] = k % 3 === 0 ? 1 : 0));
      return { ...sample, weights: new Float32Array(B).fill(1) };
    };
    const { learner, info } = updated(settings(agent, { sharing }), masked);
    const errors = new Float32Array(B);
    learner.readErrors(errors);
    expect(errors.every((error) => error > 0)).toBe(true);
    const squares = errors.reduce((sum, error) => sum + error * error, 0);
    expect(squares / B).toBeCloseTo(info[sharing ? 'loss_critic' : 'agent_0/loss_critic']!, 4);
  });
});

describe('readErrors', () => {
  it('averages over active agents and twin critics', () => {
    const outputs: Record<string, number[]> = {
      // Two samples; a group of two agents with twin critics, a single agent, and two agents sharing one value.
      first: [1, -2, 0, 5],
      second: [-3, 4, 0, 1],
      other: [6, -7],
      team: [2, 0.5],
    };
    const program = { output: (name: string) => Float32Array.from(outputs[name]!) } as unknown as Program;
    const batch = { size: 2, agentMask: Float32Array.of(1, 1, 1, 1, 1, 1, 0, 1, 0, 1) } as unknown as Batch;
    const out = new Float32Array(2);
    const groupOf = (...agents: number[]): ParameterGroup => ({
      name: '',
      agents,
      idWidth: 0,
      infoPrefix: '',
    });
    const [pair, one, team] = [groupOf(0, 1), groupOf(2), groupOf(3, 4)];
    const critics = [
      { name: 'first', group: pair, rows: 2 },
      { name: 'second', group: pair, rows: 2 },
      { name: 'other', group: one, rows: 1 },
      { name: 'team', group: team, rows: 1 },
    ];
    readErrors(program, critics, batch, out);
    expect([...out]).toEqual([(2 + 3 + 6 + 2 + 2) / 5, (0.5 * (5 + 1) + 7 + 0.5) / 3].map(Math.fround));
  });
});
