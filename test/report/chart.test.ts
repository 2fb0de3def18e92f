import { describe, expect, it } from 'vitest';
import { axisOf, duration, precise, rangeAround, short } from '../../src/report/axis.ts';
import { chartSvg, layoutOf, PAPER, type Chart } from '../../src/report/chart.ts';

const chart: Chart = {
  id: 'c',
  title: 'Return of <a> & "b"',
  width: 300,
  height: 200,
  x: { label: 'steps', range: [0, 100] },
  y: { label: 'return', range: [-1, 1] },
  series: [
    {
      color: PAPER.series[0]!,
      band: { x: [0, 100], low: [-1, 0], high: [0, 1] },
      lines: [{ x: [0, 50, 100], y: [-1, 0, 1], width: 2 }],
    },
  ],
  references: [{ value: 0.5, text: 'random' }],
  theme: PAPER,
};

describe('a chart', () => {
  it('puts every point where its axes say', () => {
    const { x, y, left, right, top, bottom } = layoutOf(chart);
    expect([x.toPixel(0), x.toPixel(100)]).toEqual([left, right]);
    expect(x.toPixel(50)).toBeCloseTo((left + right) / 2, 9);
    expect([y.toPixel(-1), y.toPixel(1), y.toValue(top)]).toEqual([bottom, top, 1]);
    const px = (at: number): string => String(Math.round(at * 10) / 10);
    const middle = `${px((left + right) / 2)} ${px((top + bottom) / 2)}`;
    expect(chartSvg(chart)).toContain(`d="M${px(left)} ${bottom}L${middle}L${right} ${top}"`);
  });

  it('is the same text for the same chart, escaped', () => {
    expect(chartSvg(chart)).toBe(chartSvg(structuredClone(chart)));
    expect(chartSvg(chart)).toContain('<title id="c-title">Return of &#60;a&#62; &#38; &#34;b&#34;</title>');
    expect(chartSvg(chart)).toContain('>random</text>');
  });

  it('keeps the extremes of more points than pixels', () => {
    const x = Array.from({ length: 10_000 }, (_, k) => k / 100);
    const y = x.map((_, k) => (k === 5432 ? 0.9 : 0));
    const svg = chartSvg({
      ...chart,
      references: [],
      series: [{ color: '#000', lines: [{ x, y, width: 1 }] }],
    });
    const { y: axis } = layoutOf(chart);
    expect(svg).toContain(` ${Math.round(axis.toPixel(0.9) * 10) / 10}L`);
    expect(svg.length).toBeLessThan(10_000);
  });

  it('labels a level where no curve and no other label is', () => {
    const rising = { x: [0, 100], y: [-0.4, 0.8], width: 1 };
    const endsOf = (series: Chart['series'], ...levels: number[]): number[] => {
      const svg = chartSvg({
        ...chart,
        series,
        references: levels.map((value) => ({ value, text: 'random' })),
      });
      return [...svg.matchAll(/<text x="([\d.]+)" y="[\d.]+" text-anchor="end"[^>]*>random/g)].map(([, x]) =>
        Number(x),
      );
    };
    const { right } = layoutOf(chart);
    expect(endsOf([], 0.5)).toEqual([right - 4]);
    const [beside] = endsOf([{ color: '#000', lines: [rising] }], 0.5);
    expect(beside).toBeLessThan(right - 20);
    expect(beside).toBeGreaterThan(right - 100);
    const [first, second] = endsOf([], 0.5, 0.5);
    expect(first! - second!).toBeGreaterThanOrEqual('random'.length * 6);
    // Hidden in any case.
    const across = { x: [0, 100], y: [0.55, 0.55], width: 1 };
    expect(endsOf([{ color: '#000', lines: [across] }], 0.5)).toEqual([right - 4]);
  });

  it('draws a run with one record as a dot, and nothing of an empty one', () => {
    const drawn = (x: number[], y: number[]): string =>
      chartSvg({ ...chart, references: [], series: [{ color: '#123456', lines: [{ x, y, width: 2 }] }] });
    expect(drawn([50], [0])).toContain(
      'h.01" fill="none" stroke="#123456" stroke-linecap="round" stroke-width="6"',
    );
    expect(drawn([], [])).not.toContain('#123456');
  });
});

describe('an axis', () => {
  it('has round ticks', () => {
    const texts = (range: [number, number], count: number, log = false): string[] =>
      axisOf({ label: '', range, log }, [0, 100], count).ticks.map(({ text }) => text);
    expect(texts([-80, 0], 4)).toEqual(['−80', '−60', '−40', '−20', '0']);
    expect(texts([0, 150_000], 3)).toEqual(['0', '50k', '100k', '150k']);
    expect(texts([0.1, 0.35], 5)).toEqual(['0.1', '0.15', '0.2', '0.25', '0.3', '0.35']);
    expect(texts([0.01, 1], 4, true)).toEqual(['0.01', '0.02', '0.05', '0.1', '0.2', '0.5', '1']);
    expect(texts([1, 1e8], 4, true)).toEqual(['1', '100', '10k', '1M', '100M']);
  });

  it('goes back from pixels to values', () => {
    const axis = axisOf({ label: '', range: [1, 10_000], log: true }, [0, 400], 4);
    expect(axis.toPixel(100)).toBeCloseTo(200, 9);
    expect(axis.toValue(300)).toBeCloseTo(1000, 9);
  });

  it('leaves room around values', () => {
    expect(rangeAround([0, 10, NaN])).toEqual([-0.5, 10.5]);
    expect(rangeAround([3])).toEqual([2.85, 3.15]);
    expect(rangeAround([])).toEqual([0, 1]);
    expect(rangeAround([-1, 1, 110], true)).toEqual([1 / 1.1, 110 * 1.1]);
  });
});

describe('numbers', () => {
  it('are short on axes and precise in tables', () => {
    expect([0, -12.34, 999_999, 1.5e6, 1e-5, 2.5e9].map(short)).toEqual([
      '0',
      '−12.34',
      '1M',
      '1.5M',
      '1e−5',
      '2.5B',
    ]);
    expect([0, -9.6182, 0.12345, 12.345, 1234.56, 1e-5, NaN].map(precise)).toEqual([
      ...['0.0000', '−9.618', '0.1235', '12.35', '1234.6', '1.000e−5', '–'],
    ]);
    expect([5.26, 99.4, 130, 7200].map(duration)).toEqual(['5.26 s', '99.4 s', '2.17 min', '2 h']);
  });
});
