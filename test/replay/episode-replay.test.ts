import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import type { EpisodeBatch } from '../../src/replay/batch.ts';
import { EpisodeReplay, type EpisodeReplayOptions } from '../../src/replay/episode-replay.ts';
import { boxAgents } from './box-agents.ts';

// Two agents of different widths, two environments, episodes of at most three steps.
const spec = boxAgents([1, 2], [2, 1]);
const [so, sa, n, e, steps] = [3, 3, 2, 2, 3];

function replayOf(options: Partial<EpisodeReplayOptions> = {}): EpisodeReplay {
  return new EpisodeReplay(spec, { capacity: 3, parallels: e, steps, ...options });
}

/** What environments show and do in vector step t: 100 t + 10 environment + column. */
const grid = (t: number, width: number): number[] =>
  Array.from({ length: e * width }, (_, i) => 100 * t + 10 * Math.floor(i / width) + (i % width));

/** Stores vector step t; `ended` says which environments end their episodes. Observations after it are those of t + 1. */
function store(replay: EpisodeReplay, t: number, ended: readonly [number, number], masked = false): void {
  const allowed = (at: number): Uint8Array => Uint8Array.from(grid(at, sa), (x) => Number(x % 2 === 0));
  replay.store(
    Float32Array.from(grid(t, so)),
    Float32Array.from(grid(t, sa), (x) => x + 0.5),
    Float64Array.from(grid(t, n), (x) => -x),
    Float32Array.from(grid(t + 1, so)),
    Uint8Array.from(ended.flatMap((done) => [done, 0])),
    Uint8Array.of(1, 1, 1, Number(t % 2 === 0)),
    Uint8Array.from(ended),
    masked ? { before: allowed(t), after: allowed(t + 1) } : undefined,
  );
}

/** Environment 0 has episodes of 2, 1 and 3 steps and environment 1 one of 3 and an unfinished one. */
const ENDS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 0],
  [0, 0],
  [1, 0],
] as const;

function filled(replay: EpisodeReplay, until: number = ENDS.length, masked = false): EpisodeReplay {
  ENDS.slice(0, until).forEach((ended, t) => {
    store(replay, t, ended, masked);
  });
  return replay;
}

function batchOf(size: number, masked = false): EpisodeBatch {
  return {
    ...{ size, steps },
    obs: new Float32Array(size * (steps + 1) * so).fill(NaN),
    actions: new Float32Array(size * steps * sa).fill(NaN),
    rewards: new Float32Array(size * steps * n).fill(NaN),
    terminals: new Float32Array(size * steps * n).fill(NaN),
    agentMask: new Float32Array(size * steps * n).fill(NaN),
    ...(masked && { actionMask: new Float32Array(size * (steps + 1) * sa).fill(NaN) }),
  };
}

/** A stream that draws these rows. */
function drawing(...rows: number[]): { below(bound: number): number; bounds: number[] } {
  const bounds: number[] = [];
  return {
    bounds,
    below: (bound) => {
      const row = rows[bounds.push(bound) - 1];
      if (row === undefined) throw new Error(`expected ${rows.length} draws, got more`);
      return row;
    },
  };
}

/** The episodes in these rows. */
function sampled(replay: EpisodeReplay, rows: readonly number[], masked = false): EpisodeBatch {
  const batch = batchOf(rows.length, masked);
  replay.sample(drawing(...rows), batch);
  return batch;
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const rows = (array: Float32Array, count: number): number[][] =>
  Array.from({ length: count }, (_, b) => [
    ...array.subarray((b * array.length) / count, ((b + 1) * array.length) / count),
  ]);

describe('EpisodeReplay', () => {
  it('holds whole episodes in the order in which they ended, with zeros behind their end', () => {
    const replay = filled(replayOf({ capacity: 8 }));
    expect([replay.size, replay.episodes]).toEqual([4, 4]);
    const { obs, actions, rewards, terminals, agentMask } = sampled(replay, [0, 1, 2, 3]);
    const seen = (env: number, ...at: number[]): number[] =>
      at.flatMap((t) => grid(t, so).slice(env * so, (env + 1) * so));
    expect(rows(obs, 4)).toEqual([
      [...seen(0, 0, 1, 2), ...zeros(so)],
      [...seen(0, 2, 3), ...zeros(2 * so)],
      seen(1, 0, 1, 2, 3),
      seen(0, 3, 4, 5, 6),
    ]);
    expect(rows(actions, 4).slice(0, 2)).toEqual([
      [0.5, 1.5, 2.5, 100.5, 101.5, 102.5, ...zeros(sa)],
      [200.5, 201.5, 202.5, ...zeros(2 * sa)],
    ]);
    expect(rows(rewards, 4)).toEqual([
      [-0, -1, -100, -101, 0, 0],
      [-200, -201, 0, 0, 0, 0],
      [-10, -11, -110, -111, -210, -211],
      [-300, -301, -400, -401, -500, -501],
    ]);
    expect(rows(terminals, 4)).toEqual([
      [0, 0, 1, 0, 0, 0],
      [1, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 1, 0],
      [0, 0, 0, 0, 1, 0],
    ]);
    // Environment 1's second agent is there in every other step.
    expect(rows(agentMask, 4)).toEqual([
      [1, 1, 1, 1, 0, 0],
      [1, 1, 0, 0, 0, 0],
      [1, 1, 1, 0, 1, 1],
      [1, 1, 1, 1, 1, 1],
    ]);
  });

  it('keeps the newest episodes, without a trace of longer ones in their rows', () => {
    const replay = filled(replayOf({ capacity: 2 }));
    expect([replay.size, replay.episodes]).toEqual([2, 4]);
    // Row 0 has environment 1's episode of 3 steps; one of a single step takes its place.
    replay.endEpisodes();
    store(replay, 6, [1, 0]);
    expect(rows(sampled(replay, [0, 1]).agentMask, 2)).toEqual([
      [1, 1, 0, 0, 0, 0],
      [1, 1, 1, 1, 1, 1],
    ]);
    expect([...sampled(replay, [0]).obs.subarray(2 * so)]).toEqual(zeros(2 * so));
  });

  it('samples among what is there, uniformly and with replacement', () => {
    const replay = filled(replayOf(), 2);
    const stream = drawing(0, 0);
    replay.sample(stream, batchOf(2));
    expect(stream.bounds).toEqual([1, 1]);
  });

  it('has nothing to sample before an episode has ended', () => {
    const replay = filled(replayOf(), 1);
    expect(() => {
      replay.sample(drawing(0), batchOf(1));
    }).toThrow(new RangeError('EpisodeReplay.sample: expected stored episodes, got none'));
  });

  it('stores team means with rewards team', () => {
    const { rewards } = sampled(filled(replayOf({ rewards: 'team' }), 2), [0]);
    expect([...rewards]).toEqual([-0.5, -0.5, -100.5, -100.5, 0, 0]);
  });

  it('allows every action behind the end: choices among none have no probabilities', () => {
    const { actionMask } = sampled(filled(replayOf(), 3, true), [0, 1], true);
    expect(rows(actionMask!, 2)).toEqual([
      [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1],
      [1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1],
    ]);
  });

  it('rejects action masks that come later or cease', () => {
    const cease = filled(replayOf(), 1, true);
    expect(() => {
      store(cease, 1, [0, 0]);
    }).toThrow(new RangeError('EpisodeReplay.store: expected action masks, as in the steps before'));
  });

  it('refuses an episode longer than episode_length', () => {
    const replay = replayOf();
    for (let t = 0; t < steps; t++) store(replay, t, [1, 0]);
    expect(() => {
      store(replay, steps, [1, 0]);
    }).toThrow(
      new UserError('episode_length: expected episodes of at most 3 steps, got a longer one; raise it'),
    );
  });

  it('tells the mean age of samples in steps stored after they ended', () => {
    const replay = filled(replayOf());
    sampled(replay, [0, 0, 2]);
    // Row 0 has the last episode, which ended in the last step; row 2 that of environment 1, three vector steps ago.
    expect(replay.takeMeanAge()).toBe((0 + 0 + 3 * e) / 3);
    expect(replay.takeMeanAge()).toBeNaN();
  });
});

/** States of one environment: two numbers and one. */
const STATES = [
  { name: 'a', size: 2 },
  { name: 'b', size: 1 },
];

/** With the states -t - e / 10 (and -100 for `b`) in vector step t. */
function filledWithStates(replay: EpisodeReplay, from = 0, until: number = ENDS.length): EpisodeReplay {
  for (let t = from; t < until; t++) {
    const state = (env: number): number => -t - env / 10;
    replay.keepStates([
      { values: Float32Array.of(state(0), state(0), state(1), state(1)) },
      { values: Float32Array.of(state(0) - 100, state(1) - 100) },
    ]);
    store(replay, t, ENDS[t]!);
  }
  return replay;
}

describe('sequences', () => {
  const sequencesOf = (length: number, burnIn: number): Partial<EpisodeReplayOptions> => ({
    sequences: { length, burnIn, states: STATES },
  });

  function sequencesIn(replay: EpisodeReplay, drawn: readonly number[], masked = false): EpisodeBatch {
    const [size, slots, burnIn] = [drawn.length, replay.sampledSteps, replay.burnIn!];
    const array = (length: number): Float32Array => new Float32Array(size * length).fill(NaN);
    const batch = {
      ...{ size, steps: slots, obs: array((slots + 1) * so), actions: array(slots * sa) },
      ...{ rewards: array(slots * n), terminals: array(slots * n), agentMask: array(slots * n) },
      ...(masked && { actionMask: array((slots + 1) * sa) }),
      before: {
        states: { a: array(2), b: array(1) },
        ...(burnIn > 0 && {
          burnIn: { steps: burnIn, obs: array(burnIn * so), actions: array(burnIn * sa), present: array(1) },
        }),
      },
    };
    replay.sample(drawing(...drawn), batch);
    return batch;
  }
  const seen = (env: number, ...at: number[]): number[] =>
    at.flatMap((t) => grid(t, so).slice(env * so, (env + 1) * so));

  it('hold their steps, the observation behind them, and nothing behind the end of the episode', () => {
    const replay = filledWithStates(replayOf({ capacity: 8, ...sequencesOf(2, 1) }));
    // Sequences begin at 0 and 1. The episodes have 2, 1, 3 and 3 steps: the first two have one sequence each.
    const batch = sequencesIn(replay, [0, 2, 4, 5]);
    expect(rows(batch.obs, 4)).toEqual([
      seen(0, 0, 1, 2),
      [...seen(0, 2, 3), ...zeros(so)],
      seen(1, 0, 1, 2),
      seen(1, 1, 2, 3),
    ]);
    expect(rows(batch.agentMask, 4)).toEqual([
      [1, 1, 1, 1],
      [1, 1, 0, 0],
      [1, 1, 1, 0],
      [1, 0, 1, 1],
    ]);
    expect(rows(batch.rewards, 4)[3]).toEqual([-110, -111, -210, -211]);
  });

  it('that reach beyond the room for episodes hold zeros there', () => {
    const replay = filledWithStates(replayOf({ capacity: 8, ...sequencesOf(2, 2) }));
    // They begin at 0 and 2: the second has one step of three, of which the burn-in has the others.
    const { obs, actions, agentMask, before } = sequencesIn(replay, [5]);
    expect([...obs]).toEqual([...seen(1, 2, 3), ...zeros(so)]);
    expect([...actions]).toEqual([210.5, 211.5, 212.5, ...zeros(sa)]);
    expect([...agentMask]).toEqual([1, 1, 0, 0]);
    expect([...before!.burnIn!.obs]).toEqual(seen(1, 0, 1));
    expect([...before!.burnIn!.actions]).toEqual([10.5, 11.5, 12.5, 110.5, 111.5, 112.5]);
    expect([...before!.burnIn!.present]).toEqual([1]);
  });

  it('have their part of the action masks', () => {
    const replay = filled(replayOf({ capacity: 8, ...sequencesOf(2, 0) }), 3, true);
    const whole = replayOf({ capacity: 8 });
    const episode = sampled(filled(whole, 3, true), [2], true).actionMask!;
    const { actionMask } = sequencesIn(replay, [4, 5], true);
    expect(rows(actionMask!, 2)).toEqual([[...episode.subarray(0, 3 * sa)], [...episode.subarray(sa)]]);
    expect([...actionMask!]).toContain(0);
  });

  it('begin with the states that the policy had there, and with zeros at the start of an episode', () => {
    const { before } = sequencesIn(
      filledWithStates(replayOf({ capacity: 8, ...sequencesOf(2, 0) })),
      [4, 5, 7],
    );
    expect(rows(before!.states['a']!, 3)).toEqual([
      [0, 0],
      [Math.fround(-1.1), Math.fround(-1.1)],
      [-4, -4],
    ]);
    expect(rows(before!.states['b']!, 3)).toEqual([[0], [Math.fround(-101.1)], [-104]]);
    // With burn-in, it is where that starts: at the first step of the episode, here.
    const burntIn = sequencesIn(filledWithStates(replayOf({ capacity: 8, ...sequencesOf(2, 1) })), [4, 7]);
    expect(rows(burntIn.before!.states['a']!, 2)).toEqual([
      [0, 0],
      [-3, -3],
    ]);
    expect(rows(burntIn.before!.burnIn!.obs, 2)).toEqual([zeros(so), seen(0, 3)]);
    expect([...burntIn.before!.burnIn!.present]).toEqual([0, 1]);
  });

  it('are drawn uniformly among those that there are', () => {
    const replay = filledWithStates(replayOf({ capacity: 8, ...sequencesOf(2, 0) }));
    // 1 and 3 are second sequences of episodes with one.
    const stream = drawing(1, 3, 5);
    replay.sample(stream, { ...sequencesIn(replay, [0]) });
    expect(stream.bounds).toEqual([8, 8, 8]);
  });

  it('as long as episodes are those, by the same draws', () => {
    const whole = sampled(filled(replayOf()), [2, 0, 1]);
    const { before, ...batch } = sequencesIn(filledWithStates(replayOf(sequencesOf(steps, 0))), [2, 0, 1]);
    expect(batch).toEqual(whole);
    expect([...before!.states['a']!, ...before!.states['b']!]).toEqual(zeros(9));
  });

  it.each([1, 3, 5])('continue bit for bit from a snapshot after %i steps', (until) => {
    const options = sequencesOf(1, 1);
    const whole = filledWithStates(replayOf(options));
    const restored = replayOf(options);
    restored.restore(Buffer.concat(filledWithStates(replayOf(options), 0, until).snapshot()));
    filledWithStates(restored, until);
    expect(Buffer.concat(restored.snapshot())).toEqual(Buffer.concat(whole.snapshot()));
    expect(sequencesIn(restored, [0, 3, 6, 7, 8])).toEqual(sequencesIn(whole, [0, 3, 6, 7, 8]));
  });

  it('take the room of their states', () => {
    const replay = filledWithStates(replayOf(sequencesOf(1, 0)));
    expect(replay.fullBytes).toBe(4 * 5 * (4 * so + 3 * sa + 9 * n + 2 * 3) + 16 * 3);
    expect(Buffer.concat(replay.snapshot()).length - replay.fullBytes).toBeLessThan(1000);
  });

  it('of other lengths are refused', () => {
    const bytes = Buffer.concat(filledWithStates(replayOf(sequencesOf(2, 1))).snapshot());
    expect(() => {
      replayOf(sequencesOf(2, 0)).restore(bytes, 'x/replay.bin');
    }).toThrow(new UserError('x/replay.bin: expected burn_in 0, got 1; resume with the settings of the run'));
  });
});

describe('a snapshot', () => {
  const bytesOf = (replay: EpisodeReplay): Uint8Array => Buffer.concat(replay.snapshot());

  it.each([1, 3, 5])('after %i steps continues bit for bit, episodes under way included', (until) => {
    for (const masked of [false, true]) {
      const whole = filled(replayOf(), until, masked);
      const restored = replayOf();
      restored.restore(bytesOf(whole));
      for (let t = until; t < ENDS.length; t++)
        for (const replay of [whole, restored]) store(replay, t, ENDS[t]!, masked);
      expect(bytesOf(restored)).toEqual(bytesOf(whole));
      expect(restored.episodes).toBe(4);
      expect(sampled(restored, [0, 1, 2], masked)).toEqual(sampled(whole, [0, 1, 2], masked));
    }
  });

  it('does not hold the rest of an episode that was dropped', () => {
    const replay = filled(replayOf(), 5);
    replay.endEpisodes();
    store(replay, 5, [1, 1]);
    expect(rows(sampled(replay, [0, 1]).agentMask, 2)).toEqual([
      [1, 1, 0, 0, 0, 0],
      [1, 0, 0, 0, 0, 0],
    ]);
  });

  it('is no larger than announced', () => {
    const replay = filled(replayOf());
    expect(replay.fullBytes).toBe(4 * 5 * (4 * so + 3 * sa + 9 * n) + 8 * 3);
    expect(bytesOf(replay).length - replay.fullBytes).toBeLessThan(1000);
  });

  it('of another layout is refused', () => {
    const bytes = bytesOf(filled(replayOf()));
    const faultOf = (options: Partial<EpisodeReplayOptions>): (() => void) => {
      return () => {
        replayOf(options).restore(bytes, 'x/replay.bin');
      };
    };
    const advice = 'resume with the settings of the run';
    expect(faultOf({ capacity: 4 })).toThrow(
      new UserError(`x/replay.bin: expected buffer_size 4, got 3; ${advice}`),
    );
    expect(faultOf({ steps: 4 })).toThrow(
      new UserError(`x/replay.bin: expected episode_length 4, got 3; ${advice}`),
    );
  });

  it('of other steps is refused', () => {
    expect(() => {
      filled(replayOf()).requireSteps(10, 'x');
    }).toThrow(
      new UserError('x: expected the episodes of 10 steps, got those of 12; it is of another checkpoint'),
    );
  });
});
