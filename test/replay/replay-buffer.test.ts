import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { createBatch } from '../../src/replay/batch.ts';
import type { Batch } from '../../src/replay/batch.ts';
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts';
import { boxAgents } from './box-agents.ts';

// Three agents of different widths, so that no two arrays and no two offsets agree by chance.
const spec = boxAgents([3, 2], [5, 1], [4, 3]);
const so = 12;
const sa = 6;
const n = 3;
const e = 4;

const kinds = { obs: 1, actions: 2, obsNext: 3, rewards: 4 } as const;

/** A number that tells its array, environment, time step and column: 4 | 02 | 0017 | 05; exact in float32. */
const code = (kind: keyof typeof kinds, env: number, t: number, column: number): number =>
  kinds[kind] * 1_000_000 + env * 100_000 + t * 100 + column;
// Flags can only be 0 or 1: patterns in which neighbouring agents, environments and steps differ.
const terminal = (env: number, t: number, agent: number): number =>
  Number((env + 2 * t + 3 * agent) % 5 === 0);
const present = (env: number, t: number, agent: number): number => Number((2 * env + t + agent) % 3 !== 0);

function storeSteps(buffer: ReplayBuffer, from: number, to: number): void {
  for (let t = from; t < to; t++) {
    const grid = (width: number, value: (env: number, column: number) => number): number[] =>
      Array.from({ length: e * width }, (_, i) => value(Math.floor(i / width), i % width));
    buffer.store(
      Float32Array.from(grid(so, (env, c) => code('obs', env, t, c))),
      Float32Array.from(grid(sa, (env, c) => code('actions', env, t, c))),
      Float64Array.from(grid(n, (env, c) => code('rewards', env, t, c))),
      Float32Array.from(grid(so, (env, c) => code('obsNext', env, t, c))),
      Uint8Array.from(grid(n, (env, c) => terminal(env, t, c))),
      Uint8Array.from(grid(n, (env, c) => present(env, t, c))),
      new Uint8Array(e),
    );
  }
}

/** Row b of a batch must be the whole transition of environment env at step t. */
function expectTransition(batch: Batch, b: number, env: number, t: number): void {
  const row = (array: Float32Array, width: number): number[] => [
    ...array.subarray(b * width, (b + 1) * width),
  ];
  const coded = (kind: keyof typeof kinds, width: number): number[] =>
    Array.from({ length: width }, (_, c) => code(kind, env, t, c));
  expect({
    obs: row(batch.obs, so),
    actions: row(batch.actions, sa),
    obsNext: row(batch.obsNext, so),
    rewards: row(batch.rewards, n),
    terminals: row(batch.terminals, n),
    agentMask: row(batch.agentMask, n),
  }).toEqual({
    obs: coded('obs', so),
    actions: coded('actions', sa),
    obsNext: coded('obsNext', so),
    rewards: coded('rewards', n),
    terminals: [0, 1, 2].map((agent) => terminal(env, t, agent)),
    agentMask: [0, 1, 2].map((agent) => present(env, t, agent)),
  });
}

/** A stream that gives 0, 1, 2 ... and so walks through every row; it records what it was asked for. */
function counting(): { below(bound: number): number; bounds: number[] } {
  const bounds: number[] = [];
  return {
    bounds,
    below: (bound) => {
      bounds.push(bound);
      return (bounds.length - 1) % bound;
    },
  };
}

/** The snapshot as the bytes of a file. */
function bytesOf(buffer: ReplayBuffer): Uint8Array {
  return Buffer.concat(buffer.snapshot());
}

function allRows(buffer: ReplayBuffer): Batch {
  const batch = createBatch(spec, buffer.size);
  buffer.sample(counting(), buffer.size, batch);
  return batch;
}

describe('ReplayBuffer', () => {
  it('gives back whole transitions: no array, environment, step or agent is mixed up', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 40, parallels: e });
    storeSteps(buffer, 0, 7);
    expect([buffer.size, buffer.full]).toEqual([28, false]);
    const batch = allRows(buffer);
    for (let row = 0; row < 28; row++) expectTransition(batch, row, row % e, Math.floor(row / e));
  });

  it('keeps what arrays hold when they are stored, be they new ones or the same again, around the ring', () => {
    const arrays = [0, 1].map(() => ({
      obs: new Float32Array(e * so),
      actions: new Float32Array(e * sa),
      next: new Float32Array(e * so),
    }));
    const none = { rewards: new Float64Array(e * n), flags: new Uint8Array(e * n), ended: new Uint8Array(e) };
    const choice = fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1));
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 12 }), (steps) => {
        const buffer = new ReplayBuffer(spec, { capacity: 5 * e, parallels: e });
        steps.forEach(([a, b, c], t) => {
          const [{ obs }, { actions }, { next }] = [arrays[a]!, arrays[b]!, arrays[c]!];
          obs.forEach((_, k) => (obs[k] = code('obs', Math.floor(k / so), t, k % so)));
          actions.forEach((_, k) => (actions[k] = code('actions', Math.floor(k / sa), t, k % sa)));
          next.forEach((_, k) => (next[k] = code('obsNext', Math.floor(k / so), t, k % so)));
          buffer.store(obs, actions, none.rewards, next, none.flags, none.flags, none.ended);
        });
        const { rows, layout } = buffer;
        for (let row = 0; row < buffer.size; row++) {
          const block = Math.floor(row / e);
          const t = block + 5 * Math.floor((steps.length - 1 - block) / 5);
          const coded = (kind: keyof typeof kinds, width: number): number[] =>
            Array.from({ length: width }, (_, c) => code(kind, row % e, t, c));
          expect([...rows.subarray(row * layout.width, row * layout.width + layout.rewards)]).toEqual([
            ...coded('obs', so),
            ...coded('actions', sa),
            ...coded('obsNext', so),
          ]);
        }
      }),
    );
  });

  it('keeps the newest transitions when it is full, each environment in its own rows', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 20, parallels: e });
    storeSteps(buffer, 0, 13);
    expect([buffer.size, buffer.full]).toEqual([20, true]);
    const batch = allRows(buffer);
    // Steps 8 to 12 remain; step t lies in block t mod 5.
    const stepInBlock = [10, 11, 12, 8, 9];
    for (let row = 0; row < 20; row++) {
      expectTransition(batch, row, row % e, stepInBlock[Math.floor(row / e)]!);
    }
  });

  it('is full exactly when the ring has gone round once', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 8, parallels: e });
    const states = [0, 1, 2].map((t) => {
      storeSteps(buffer, t, t + 1);
      return [buffer.size, buffer.full];
    });
    expect(states).toEqual([
      [4, false],
      [8, true],
      [8, true],
    ]);
  });

  it('draws only from the transitions present, one draw a row, and repeats them as the stream does', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 40, parallels: e });
    storeSteps(buffer, 0, 2);
    const stream = counting();
    const batch = createBatch(spec, 19);
    buffer.sample(stream, 19, batch);
    expect(stream.bounds).toEqual(Array<number>(19).fill(8));
    for (let b = 0; b < 19; b++) expectTransition(batch, b, (b % 8) % e, Math.floor((b % 8) / e));
  });

  it('samples every transition equally often', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 40, parallels: e });
    storeSteps(buffer, 0, 14);
    let state = 12345;
    const stream = {
      // A 32-bit linear congruential generator, its high bits taken: enough to be fair over 40 cells.
      below: (bound: number): number => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * bound);
      },
    };
    const counts = new Map<number, number>();
    const batch = createBatch(spec, 1000);
    for (let i = 0; i < 40; i++) {
      buffer.sample(stream, 1000, batch);
      for (let b = 0; b < 1000; b++)
        counts.set(batch.obs[b * so]!, (counts.get(batch.obs[b * so]!) ?? 0) + 1);
    }
    expect(counts.size).toBe(40);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 39 degrees of freedom: 99.9 % of fair samplers stay below 72.1, 99.9 % above 15.
    expect(chiSquare).toBeLessThan(72.1);
    expect(chiSquare).toBeGreaterThan(15);
  });

  it('leaves the rows of a batch beyond count untouched', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 8, parallels: e });
    storeSteps(buffer, 0, 1);
    const batch = createBatch(spec, 3);
    for (const array of [
      batch.obs,
      batch.actions,
      batch.obsNext,
      batch.rewards,
      batch.terminals,
      batch.agentMask,
    ]) {
      array.fill(-7);
    }
    buffer.sample(counting(), 2, batch);
    expectTransition(batch, 1, 1, 0);
    expect([...batch.obs.subarray(2 * so)]).toEqual(Array<number>(so).fill(-7));
    expect([...batch.agentMask.subarray(2 * n)]).toEqual([-7, -7, -7]);
  });

  it('rounds rewards to float32 and copies what it is given', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 4, parallels: e });
    const rewards = new Float64Array(e * n).fill(0.1);
    const obs = new Float32Array(e * so).fill(0.25);
    const flags = new Uint8Array(e * n);
    buffer.store(obs, new Float32Array(e * sa), rewards, obs, flags, flags, new Uint8Array(e));
    obs.fill(9);
    const batch = allRows(buffer);
    expect(batch.rewards[0]).toBe(0.10000000149011612);
    expect([batch.obs[0], batch.obsNext[0]]).toEqual([0.25, 0.25]);
  });

  it('refuses a capacity that its environments cannot fill evenly', () => {
    expect(() => new ReplayBuffer(spec, { capacity: 41, parallels: e })).toThrow(
      new RangeError('ReplayBuffer: expected capacity as a multiple of parallels (4), got 41'),
    );
    expect(() => new ReplayBuffer(spec, { capacity: 0, parallels: e })).toThrow(RangeError);
  });

  it('refuses arrays of another size, an empty buffer and a batch that is too small', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 8, parallels: e });
    const obs = new Float32Array(e * so);
    const flags = new Uint8Array(e * n);
    expect(() => {
      buffer.store(obs, new Float32Array(1), new Float64Array(e * n), obs, flags, flags, flags);
    }).toThrow(new RangeError('ReplayBuffer.store: expected actions with 24 elements, got 1'));
    expect(() => {
      buffer.store(obs, new Float32Array(e * sa), new Float64Array(e * n), obs, flags, flags, flags);
    }).toThrow(new RangeError('ReplayBuffer.store: expected ended with 4 elements, got 12'));
    expect(() => {
      buffer.sample(counting(), 1, createBatch(spec, 1));
    }).toThrow(new RangeError('ReplayBuffer.sample: expected stored transitions, got none'));
    storeSteps(buffer, 0, 1);
    expect(() => {
      buffer.sample(counting(), 2, createBatch(spec, 1));
    }).toThrow(new RangeError('ReplayBuffer.sample: expected at most 1 rows, got 2'));
  });
});

describe('a replay snapshot', () => {
  const make = (): ReplayBuffer => new ReplayBuffer(spec, { capacity: 20, parallels: e });

  it.each([0, 3, 5, 7])('after %i steps continues as if it had never stopped', (steps) => {
    const straight = make();
    storeSteps(straight, 0, steps);
    const resumed = make();
    resumed.restore(bytesOf(straight));
    expect([resumed.size, resumed.full]).toEqual([straight.size, straight.full]);
    storeSteps(straight, steps, steps + 4);
    storeSteps(resumed, steps, steps + 4);
    expect(allRows(resumed)).toEqual(allRows(straight));
    expect(bytesOf(resumed)).toEqual(bytesOf(straight));
  });

  it('replaces what the buffer held before', () => {
    const few = make();
    storeSteps(few, 0, 2);
    const many = make();
    storeSteps(many, 100, 109);
    many.restore(bytesOf(few));
    expect(allRows(many)).toEqual(allRows(few));
  });

  it('holds only the filled part', () => {
    const buffer = make();
    const empty = bytesOf(buffer).length;
    storeSteps(buffer, 0, 1);
    // The header names the number of elements: at most one more block of 8 bytes.
    const rows = e * (2 * so + sa + 3 * n + 1) * 4;
    expect([0, 8]).toContain(bytesOf(buffer).length - empty - rows);
  });

  it('of another layout is refused by name', () => {
    const other = new ReplayBuffer(spec, { capacity: 40, parallels: e });
    const buffer = make();
    storeSteps(buffer, 0, 2);
    const before = allRows(buffer);
    expect(() => {
      buffer.restore(bytesOf(other));
    }).toThrow(
      new UserError('replay.bin: expected buffer_size 20, got 40; resume with the settings of the run'),
    );
    expect(() => {
      buffer.restore(new Uint8Array(3), 'x');
    }).toThrow(/^x: expected a file that starts with 'maddpg-1', got /);
    expect(allRows(buffer)).toEqual(before);
  });
});

describe('the mean age of samples', () => {
  const ageOf = (buffer: ReplayBuffer, ...rows: number[]): number => {
    let drawn = 0;
    buffer.sample({ below: () => rows[drawn++]! }, rows.length, createBatch(spec, rows.length));
    return buffer.takeMeanAge();
  };

  it('counts the steps stored after each, also around the end of the ring', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 3 * e, parallels: e });
    storeSteps(buffer, 0, 2);
    expect(ageOf(buffer, 0)).toBe(2 * e - 1);
    expect(ageOf(buffer, 2 * e - 1)).toBe(0);
    storeSteps(buffer, 2, 4);
    // Row 0 is of step 3 now, and row e the oldest.
    expect(ageOf(buffer, e - 1)).toBe(0);
    expect(ageOf(buffer, e)).toBe(3 * e - 1);
    expect(ageOf(buffer, e - 1, e)).toBe((3 * e - 1) / 2);
  });

  it('is of the samples since the last time', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 3 * e, parallels: e });
    storeSteps(buffer, 0, 1);
    expect(ageOf(buffer, 0)).toBe(e - 1);
    expect(buffer.takeMeanAge()).toBeNaN();
  });
});
