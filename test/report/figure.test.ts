import { describe, expect, it } from 'vitest';
import { environmentOf } from '../../src/report/groups.ts';
import { figureSvg } from '../../src/report/figure.ts';
import { runOf } from './runs.ts';

/** Numbers of the paths with this stroke, thin lines first, [x, y] each. */
function lines(svg: string, stroke: string): number[][][] {
  const paths = [...svg.matchAll(/<path d="M([^"]+)" fill="none" stroke="([^"]+)"/g)];
  return paths
    .filter(([, , color]) => color === stroke)
    .map(([, d]) => d!.split('L').map((point) => point.split(' ').map(Number)));
}

describe('the figure of a report', () => {
  const runs = [
    runOf('a', [-20, -10], { seed: 1 }),
    runOf('b', [-16, -4], { seed: 2 }),
    runOf('c', [-20, -12], { agent: 'MATD3' }),
  ];

  it('has a line per run and the interquartile mean of each group, where the axes say', () => {
    const svg = figureSvg({ runs, baselines: {} });
    const own = lines(svg, '#0b62c4');
    expect(own).toHaveLength(3);
    const [a, b, mean] = own as [number[][], number[][], number[][]];
    // Steps 100 and 200: the second is the right end, 760 - 14 pixels.
    expect([a[1]![0], b[1]![0], mean[1]![0]]).toEqual([746, 746, 746]);
    for (const k of [0, 1]) expect(mean[k]![1]).toBeCloseTo((a[k]![1]! + b[k]![1]!) / 2, 0);
    // -20 lies as far below -10 as -10 below 0.
    const perUnit = (a[0]![1]! - a[1]![1]!) / 10;
    expect(b[0]![1]! - b[1]![1]!).toBeCloseTo(12 * perUnit, 0);
    expect(svg).toContain('>MADDPG (2 seeds)</text>');
    expect(svg).toContain('>MATD3</text>');
  });

  it('draws levels to compare with, by default those of untrained policies', () => {
    const baselines = { [environmentOf(runs[0]!)]: { random: { '': -25 }, scripted: { '': -5 } } };
    expect(figureSvg({ runs, baselines })).toMatch(/>random policy<.*\n.*>scripted controller</);
    const references = [{ value: -9, text: 'published <b>' }];
    const svg = figureSvg({ runs, baselines }, { references });
    expect(svg).not.toContain('random policy');
    expect(svg).toContain('>published &#60;b&#62;</text>');
  });

  it('is of one environment, with test returns', () => {
    const other = runOf('d', [1, 2], { env_id: 'simple_tag_v3' });
    expect(() => figureSvg({ runs: [...runs, other], baselines: {} })).toThrow(
      '--svg: expected runs of one environment, got 2; name only those of one',
    );
    const untested = { ...runs[0]!, metrics: { step: Float64Array.of(1), wall_s: Float64Array.of(1) } };
    expect(() => figureSvg({ runs: [untested], baselines: {} })).toThrow(
      '--svg: expected runs with test returns, got none yet',
    );
  });
});
