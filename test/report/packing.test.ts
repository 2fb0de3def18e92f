import { describe, expect, it } from 'vitest';
import { pack } from '../../src/report/packing.ts';
import { unpack } from '../../src/report/page/unpack.ts';
import { runOf } from './runs.ts';

const returns = Array.from({ length: 400 }, (_, k) => ((k * 7919) % 1009) / 1009 - 25);
const data = {
  runs: [runOf('a', [1 / 3, NaN, -2e-300]), runOf('b é </script>', returns, { seed: 2 })],
  baselines: { x: { random: { '': -25 }, scripted: null } },
};

describe('packed data', () => {
  it('are the same when unpacked', async () => {
    expect(await unpack(pack(data))).toEqual({ ...data, every: 1 });
  });

  it('lose digits, then every other record but the last, where room is short', async () => {
    const exact = pack(data).length;
    const rounded = await unpack(pack(data, exact - 1));
    expect(rounded.every).toBe(1);
    const values = rounded.runs[1]!.metrics['test/episode_return_mean']!;
    for (const [k, value] of values.entries())
      expect(Math.abs(value / returns[k]! - 1)).toBeLessThanOrEqual(2 ** -21);
    const halved = await unpack(pack(data, pack(data, exact - 1).length - 1));
    expect(halved.every).toBe(2);
    expect(halved.runs.map(({ metrics }) => metrics['step']!.length)).toEqual([2, 200]);
    expect(halved.runs[1]!.metrics['step']!.at(-1)).toBe(40_000);
  });
});
