import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FastStream, Pcg64, seedWords } from '../../src/core/random.ts';

const times = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe('Pcg64 reproduces NumPy', () => {
  // Printed by numpy.random.default_rng(seed), NumPy 2.4.
  it('doubles', () => {
    const generator = new Pcg64(42);
    expect(times(4, () => generator.double())).toEqual([
      0.7739560485559633, 0.4388784397520523, 0.8585979199113825, 0.6973680290593639,
    ]);
    const zero = new Pcg64(0);
    expect(times(2, () => zero.double())).toEqual([0.6369616873214543, 0.2697867137638703]);
  });

  it('doubles from seeds of two words', () => {
    expect(new Pcg64(2 ** 32).double()).toBe(0.8897387912781343);
    expect(new Pcg64(Number.MAX_SAFE_INTEGER).double()).toBe(0.7862681066761149);
  });

  it('bounded integers, drawn from halves of 64-bit outputs', () => {
    const generator = new Pcg64(42);
    expect(times(6, () => generator.integers(3))).toEqual([0, 2, 1, 1, 1, 2]);
    const zero = new Pcg64(0);
    expect(times(6, () => zero.integers(3))).toEqual([2, 1, 1, 0, 0, 0]);
    expect(new Pcg64(123456789012).integers(4000000000)).toBe(3809746288);
  });

  it('bounded integers of a range with frequent rejections', () => {
    const generator = new Pcg64(7);
    expect(times(8, () => generator.integers(3000000001))).toEqual([
      2834714868, 1875286399, 2052539810, 2691641403, 1734877357, 2500953065, 675621569, 166594732,
    ]);
  });

  it('mixed integers and doubles: a double leaves the buffered half alone', () => {
    const generator = new Pcg64(42);
    const drawn = [generator.integers(2), generator.double(), generator.integers(2), generator.double()];
    expect(drawn).toEqual([0, 0.4388784397520523, 1, 0.8585979199113825]);
  });

  it('a range of one value draws nothing', () => {
    const generator = new Pcg64(42);
    expect(generator.integers(1)).toBe(0);
    expect(generator.double()).toBe(0.7739560485559633);
  });

  it('uniform scales the double', () => {
    expect(new Pcg64(42).uniform(-1, 1)).toBe(-1 + 2 * 0.7739560485559633);
  });

  it('seed words from more than four entropy words (SeedSequence.generate_state)', () => {
    expect([...seedWords([1, 2, 3, 4, 5, 6, 7], 6)]).toEqual([
      1473699950, 2347498550, 2851142778, 785663715, 3406297423, 1173968772,
    ]);
  });

  it('rejects an invalid seed or range', () => {
    expect(() => new Pcg64(-1)).toThrow(
      new RangeError('seed: expected an integer from 0 to 2^53 - 1, got -1'),
    );
    expect(() => new Pcg64(0.5)).toThrow(
      new RangeError('seed: expected an integer from 0 to 2^53 - 1, got 0.5'),
    );
    expect(() => new Pcg64(0).integers(0)).toThrow(
      new RangeError('random integer: expected a range of 1 to 2^32 - 1 values, got 0'),
    );
  });
});

describe('a saved state continues the stream', () => {
  it('of Pcg64, with a buffered half', () => {
    const generator = new Pcg64(5);
    generator.integers(10);
    const state = generator.getState();
    expect(state.length).toBe(Pcg64.STATE_WORDS);
    const twin = generator.copy();
    const draw = (g: Pcg64): number[] => [g.integers(10), g.double(), g.integers(1000), g.integers(7)];
    const drawn = draw(generator);
    expect(draw(twin)).toEqual(drawn);
    const other = new Pcg64(9);
    other.setState(state);
    expect(draw(other)).toEqual(drawn);
  });

  it('of FastStream', () => {
    const stream = new FastStream(5, 'noise');
    times(17, () => stream.normal());
    const state = stream.getState();
    expect(state.length).toBe(FastStream.STATE_WORDS);
    const twin = stream.copy();
    const draw = (s: FastStream): number[] => [s.uint32(), s.normal(), s.double(), s.below(99)];
    const drawn = draw(stream);
    expect(draw(twin)).toEqual(drawn);
    const other = new FastStream(0, '');
    other.setState(state);
    expect(draw(other)).toEqual(drawn);
  });

  it('unless it has the wrong length', () => {
    expect(() => {
      new Pcg64(0).setState(new Uint32Array(3));
    }).toThrow(new RangeError('Pcg64.setState: expected 10 words, got 3'));
    expect(() => {
      new FastStream(0, '').setState(new Uint32Array(3));
    }).toThrow(new RangeError('FastStream.setState: expected 4 words, got 3'));
  });
});

describe('FastStream', () => {
  it('follows the published recurrence of xoshiro128**', () => {
    const stream = new FastStream(0, '');
    stream.setState(Uint32Array.of(1, 2, 3, 4));
    // By hand: rotl(2 * 5, 7) * 9 = 1280 * 9, then the state becomes (7, 0, 1026, 12288).
    expect(stream.uint32()).toBe(11520);
    expect([...stream.getState()]).toEqual([7, 0, 1026, 12288]);
    expect(stream.uint32()).toBe(0);
  });

  it('gives different streams for different seeds and purposes', () => {
    const first = (seed: number, purpose: string): number => new FastStream(seed, purpose).uint32();
    const draws = [
      first(1, 'noise'),
      first(1, 'replay'),
      first(2, 'noise'),
      first(1, 'noise\0'),
      first(1, ''),
    ];
    expect(new Set([...draws, first(2 ** 32 + 1, 'noise')]).size).toBe(6);
    expect(first(1, 'noise')).toBe(draws[0]);
  });

  it('does not change the streams of existing runs', () => {
    const stream = new FastStream(1, 'noise');
    expect(times(2, () => stream.uint32())).toEqual([2759144370, 1901669963]);
    expect(stream.double()).toBe(0.20650177758301647);
    expect(times(3, () => stream.normal())).toEqual([
      1.330856321012355, 0.39147564077941827, -0.243477371989779,
    ]);
    expect(times(3, () => stream.below(1000))).toEqual([439, 920, 131]);
  });

  it('draws all integers below n, uniformly', () => {
    const stream = new FastStream(3, 'test');
    const counts = new Array<number>(10).fill(0);
    times(100_000, () => counts[stream.below(10)]!++);
    // 5 standard deviations of a binomial(100000, 0.1) are 474.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(474);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffffffff }), (n) => {
        const drawn = stream.below(n);
        return Number.isInteger(drawn) && drawn >= 0 && drawn < n;
      }),
    );
  });

  it('is unbiased if the range does not divide 2^32', () => {
    // Without rejection, one in three of these 3 * 2^30 values would be twice as likely as the others.
    const stream = new FastStream(4, 'test');
    const counts = [0, 0, 0];
    times(90_000, () => counts[stream.below(3 * 2 ** 30) % 3]!++);
    for (const count of counts) expect(Math.abs(count - 30_000)).toBeLessThan(5 * Math.sqrt(20_000));
  });

  it('draws doubles in [0, 1) with more than 32 bits', () => {
    const stream = new FastStream(3, 'test');
    const drawn = times(1000, () => stream.double());
    expect(drawn.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(drawn.some((x) => !Number.isInteger(x * 2 ** 32))).toBe(true);
    expect(drawn.every((x) => Number.isInteger(x * 2 ** 53))).toBe(true);
  });

  it('draws normals with moments and tails within five standard errors', () => {
    const stream = new FastStream(11, 'test');
    const n = 400_000;
    const moments = [0, 0, 0, 0];
    let beyond1 = 0;
    let beyond3 = 0;
    let beyondTables = 0;
    for (let i = 0; i < n; i++) {
      const x = stream.normal();
      for (let k = 0; k < 4; k++) moments[k]! += x ** (k + 1) / n;
      if (Math.abs(x) > 1) beyond1++;
      if (Math.abs(x) > 3) beyond3++;
      if (x > 3.442619855899) beyondTables++;
    }
    const within = (got: number, mean: number, variance: number): void => {
      expect(Math.abs(got - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
    };
    within(moments[0]!, 0, 1);
    within(moments[1]!, 1, 2);
    within(moments[2]!, 0, 15);
    within(moments[3]!, 3, 96);
    within(beyond1 / n, 0.31731050786291415, 0.2166);
    within(beyond3 / n, 0.0026997960632601866, 0.0026925);
    within(beyondTables / n, 0.00028805425619582, 0.000288);
  });

  it('fills an array with the draws of normal(), times the standard deviation, and goes on from there', () => {
    const lengths = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(fc.maxSafeNat(), lengths, fc.double({ noNaN: true }), (seed, length, std) => {
        const [stream, twin] = [new FastStream(seed, 'noise'), new FastStream(seed, 'noise')];
        const out = new Float64Array(length);
        stream.fillNormal(out, std);
        expect([...out]).toEqual(times(length, () => std * twin.normal()));
        expect(stream.getState()).toEqual(twin.getState());
      }),
    );
  });

  it('fills a long array through every branch: edges of layers and tails of both signs', () => {
    const [stream, twin] = [new FastStream(5, 'noise'), new FastStream(5, 'noise')];
    const out = new Float64Array(100_000);
    stream.fillNormal(out, 1);
    expect(out.findIndex((x) => x !== twin.normal())).toBe(-1);
    const beyond = (edge: (x: number) => boolean): number => out.filter(edge).length;
    expect([beyond((x) => x > 3.442619855899), beyond((x) => x < -3.442619855899)]).toEqual([25, 26]);
    // Recorded before fillNormal() had a loop of its own.
    expect(out.reduce((sum, x) => sum + x, 0)).toBe(200.18927575335118);
    expect([...stream.getState()]).toEqual([3278795085, 900040485, 3823121426, 963532872]);
  });

  it('fills an array with normals of the given standard deviation', () => {
    const out = new Float32Array(5);
    new FastStream(2, 'noise').fillNormal(out, 0.25);
    const twin = new FastStream(2, 'noise');
    expect([...out]).toEqual(times(5, () => Math.fround(0.25 * twin.normal())));
  });
});
