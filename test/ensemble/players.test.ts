/** One ring serves as a replay buffer per sub-policy: players are stored, sampled, marked and overwritten with rows. */
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/file-content.ts';
import type { Ensemble, PlayedBy } from '../../src/ensemble/ensemble.ts';
import { ensembleOf } from '../../src/ensemble/sub-policies.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts';

/** Two single-agent groups with action widths 1 and 2, three sub-policies each. */
const spec = jointSpec(
  [1, 2].map((actWidth, i) => ({
    ...{ name: `agent_${i}`, team: 'agent', obsWidth: 1, actWidth },
    ...{ actionKind: 'box' as const, actionLow: 0, actionHigh: 1 },
  })),
);
const ensemble: Ensemble = { size: 3, groups: 2, groupOfColumn: Uint16Array.of(0, 1, 1) };
const E = 2;

it('groups of agents are told apart beyond 256', () => {
  const agents = Array.from({ length: 300 }, (_, i) => ({ ...spec.agents[0]!, name: `agent_${i}` }));
  const { groupOfColumn } = ensembleOf(
    jointSpec(agents),
    agents.map((_, i) => ({ agents: [i] })),
    2,
  )!;
  expect([...groupOfColumn]).toEqual(agents.map((_, i) => i));
});

const bufferOf = (capacity = 20): ReplayBuffer =>
  new ReplayBuffer(spec, { capacity, parallels: E, ensemble });

/** Stores a step of both environments; observations encode the players: 10 times group 0's plus group 1's. */
function store(buffer: ReplayBuffer, players: readonly [number, number, number, number]): void {
  const [a, b, c, d] = players;
  buffer.store(
    Float32Array.of(10 * a + b, 0, 10 * c + d, 0),
    new Float32Array(E * 3),
    new Float64Array(E * 2),
    new Float32Array(E * 2),
    new Uint8Array(E * 2),
    new Uint8Array(E * 2).fill(1),
    new Uint8Array(E),
    undefined,
    Uint8Array.from(players),
  );
}

function sampled(buffer: ReplayBuffer, playedBy: PlayedBy, count = 300): Batch {
  const marks = new Float32Array(count * 9);
  const batch: Batch = { ...createBatch(spec, count), marks, playedBy };
  buffer.sample(new FastStream(1, 'test'), count, batch);
  return batch;
}

/** Frequency of each first observation in a batch. */
function countsOf({ obs }: Batch): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let b = 0; b < obs.length; b += 2) counts[obs[b]!] = (counts[obs[b]!] ?? 0) + 1;
  return counts;
}

describe('the replay buffer of an ensemble', () => {
  it("samples uniformly among the sub-policy's transitions", () => {
    const buffer = bufferOf();
    store(buffer, [0, 1, 1, 2]);
    store(buffer, [2, 1, 1, 0]);
    store(buffer, [1, 1, 2, 2]);
    const ofFirst = countsOf(sampled(buffer, { group: 0, subPolicy: 1 }, 3000));
    expect(Object.keys(ofFirst)).toEqual(['10', '11', '12']);
    // Four standard errors of 1/3 among 3000 draws.
    for (const count of Object.values(ofFirst)) expect(Math.abs(count - 1000)).toBeLessThan(104);
    expect(Object.keys(countsOf(sampled(buffer, { group: 1, subPolicy: 2 })))).toEqual(['12', '22']);
  });

  it("marks each group's columns for the sub-policy that played", () => {
    const buffer = bufferOf();
    store(buffer, [0, 2, 1, 2]);
    const { marks, obs } = sampled(buffer, { group: 0, subPolicy: 1 }, 1);
    expect(obs[0]).toBe(12);
    // Three columns per sub-policy; group 0 has the first, group 1 the others.
    expect([...marks!]).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 1]);
  });

  it('tracks overwritten transitions, and refuses to sample from none', () => {
    const buffer = bufferOf(4);
    const has = (): boolean[] => [0, 1, 2].map((subPolicy) => buffer.has({ group: 0, subPolicy }));
    expect(has()).toEqual([false, false, false]);
    store(buffer, [0, 0, 0, 0]);
    store(buffer, [1, 0, 0, 0]);
    expect(has()).toEqual([true, true, false]);
    store(buffer, [2, 0, 2, 0]);
    expect(has()).toEqual([true, true, true]);
    store(buffer, [2, 0, 2, 0]);
    expect(has()).toEqual([false, false, true]);
    expect(() => sampled(buffer, { group: 0, subPolicy: 1 })).toThrow(
      new RangeError('ReplayBuffer.sample: expected transitions of sub-policy 1 of group 0, got none'),
    );
  });

  it('rejects steps without players', () => {
    const none = new Uint8Array(E * 2);
    const arrays = [new Float64Array(E * 2), new Float32Array(E * 2), none, none] as const;
    expect(() => {
      bufferOf().store(new Float32Array(E * 2), new Float32Array(E * 3), ...arrays, new Uint8Array(E));
    }).toThrow(new RangeError('ReplayBuffer.store: expected players with 4 elements, got 0'));
  });

  it('restores players from a snapshot', () => {
    const [whole, restored] = [bufferOf(6), bufferOf(6)];
    store(whole, [0, 1, 1, 2]);
    store(whole, [2, 2, 1, 0]);
    restored.restore(Buffer.concat(piecesOf(whole.snapshot())));
    for (const buffer of [whole, restored]) {
      store(buffer, [0, 0, 0, 0]);
      store(buffer, [0, 0, 0, 0]);
    }
    expect(restored.snapshot()).toEqual(whole.snapshot());
    const had = [0, 1, 2].map((subPolicy) => restored.has({ group: 1, subPolicy }));
    expect(had).toEqual([true, false, true]);
    expect(sampled(restored, { group: 1, subPolicy: 2 }).obs[0]).toBe(22);
  });
});
