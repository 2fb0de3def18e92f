/**
 * Charts as SVG text: curves with bands over two axes. The same function draws for the page, which redraws at every change,
 * and in Node. It touches no document, and the same chart gives the same bytes.
 */
import { axisOf, type Axis, type AxisSpec } from './axis.ts';
import { escaped } from './html.ts';

export interface Line {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** In pixels. */
  readonly width: number;
  /** 1 if left out. */
  readonly opacity?: number;
  /** A `stroke-dasharray`. */
  readonly dashes?: string;
  /** A staircase: each value holds until the next. */
  readonly steps?: boolean;
}

export interface Band {
  readonly x: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface Series {
  /** Any CSS color. */
  readonly color: string;
  readonly band?: Band;
  /** Drawn in order: the most important last. */
  readonly lines: readonly Line[];
}

/** A level to compare with, drawn across the chart. */
export interface Reference {
  readonly value: number;
  readonly text: string;
}

export interface Theme {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** Around texts on top of lines; `none` in a chart without background. */
  readonly background: string;
  /** By variant, used again from the first. */
  readonly series: readonly string[];
}

export interface Chart {
  /** Unique in the document. */
  readonly id: string;
  /** What the chart shows, for those who do not see it. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly series: readonly Series[];
  readonly references?: readonly Reference[];
  readonly theme: Theme;
}

/** Where things are in a chart, in its pixels. */
export interface Layout {
  readonly x: Axis;
  readonly y: Axis;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const FONT = 12;
/** About the width of a digit. */
const DIGIT = 6.8;
/** At least the mean width of a text's letters. */
const TEXT_WIDTH = 6.6;
/** Pixels between the places that are tried for a label. */
const LABEL_SHIFT = 12;
const TICKS_APART = { x: 90, y: 48 };

export const PAPER: Theme = {
  text: '#1f2328',
  muted: '#59636e',
  grid: '#e4e8ec',
  background: '#ffffff',
  series: ['#0b62c4', '#b84a00', '#1a7f37', '#8250df', '#bf3989', '#0a7480', '#8a6100', '#57606a'],
};

/** Dashes of a variant: color alone tells eight apart. */
export function dashesOf(variant: number): string | undefined {
  return [undefined, '7 4', '2 3', '9 3 2 3'][Math.floor(variant / 8) % 4];
}

export function colorOf({ series }: Theme, variant: number): string {
  return series[variant % series.length]!;
}

export function layoutOf({ width, height, x, y }: Chart): Layout {
  const [top, bottom] = [12, height - (x.label === '' ? 24 : 44)];
  const yAxis = axisOf(y, [bottom, top], Math.max(2, Math.round((bottom - top) / TICKS_APART.y)));
  const left =
    (y.label === '' ? 10 : 30) + DIGIT * Math.max(2, ...yAxis.ticks.map(({ text }) => text.length));
  const right = width - 14;
  const xAxis = axisOf(x, [left, right], Math.max(2, Math.round((right - left) / TICKS_APART.x)));
  return { x: xAxis, y: yAxis, left, right, top, bottom };
}

/** The chart as an SVG element. */
export function chartSvg(chart: Chart): string {
  const { id, title, width, height, theme, series, references = [] } = chart;
  const layout = layoutOf(chart);
  const { left, right, top, bottom } = layout;
  const clip = `clip-path="url(#${id}-clip)"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title" font-family="system-ui, sans-serif" font-size="${FONT}">`,
    `<title id="${id}-title">${escaped(title)}</title>`,
    `<clipPath id="${id}-clip"><rect x="${px(left)}" y="${top - 2}" width="${px(right - left)}" height="${bottom - top + 4}"/></clipPath>`,
    ...axes(chart, layout),
    `<g ${clip}>`,
    ...series.flatMap(({ color, band }) => (band ? [bandPath(band, color, layout, series.length)] : [])),
    ...references.map(({ value }) => level(value, theme, layout)),
    ...series.flatMap(({ color, lines }) => lines.map((line) => linePath(line, color, layout))),
    '</g>',
    ...referenceTexts(chart, layout),
    '</svg>',
  ].join('\n');
}

function axes({ x, y, theme }: Chart, layout: Layout): string[] {
  const { left, right, top, bottom } = layout;
  const lines = layout.y.ticks.map(({ value }) => {
    const at = px(layout.y.toPixel(value));
    return `<path d="M${px(left)} ${at}H${px(right)}" stroke="${theme.grid}"/>`;
  });
  const texts = layout.y.ticks.map(
    ({ value, text }) =>
      `<text x="${px(left - 8)}" y="${px(layout.y.toPixel(value) + 4)}" text-anchor="end" fill="${theme.muted}">${text}</text>`,
  );
  const below = layout.x.ticks.map(({ value, text }) => {
    const at = layout.x.toPixel(value);
    // The last text must not stick out.
    const anchor = at > right - 4 * DIGIT && text.length > 3 ? 'end' : 'middle';
    return `<path d="M${px(at)} ${bottom}v4" stroke="${theme.muted}"/><text x="${px(at)}" y="${bottom + 18}" text-anchor="${anchor}" fill="${theme.muted}">${text}</text>`;
  });
  const middle = px((top + bottom) / 2);
  return [
    ...lines,
    `<path d="M${px(left)} ${bottom}H${px(right)}" stroke="${theme.muted}"/>`,
    ...texts,
    ...below,
    `<text x="${px((left + right) / 2)}" y="${bottom + 38}" text-anchor="middle" fill="${theme.text}">${escaped(x.label)}</text>`,
    `<text transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle" fill="${theme.text}">${escaped(y.label)}</text>`,
  ];
}

function level(value: number, theme: Theme, { y, left, right }: Layout): string {
  return `<path d="M${px(left)} ${px(y.toPixel(value))}H${px(right)}" stroke="${theme.muted}" stroke-dasharray="5 4"/>`;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Labels of the visible levels, above their lines where there is room, and as far right as they cover no curve. */
function referenceTexts({ references = [], series, theme }: Chart, layout: Layout): string[] {
  const { y, left, right, top, bottom } = layout;
  const curves = series.flatMap(({ lines }) => lines.map((line) => inSight(line.x, line.y, layout)));
  const taken: Box[] = [];
  return references.flatMap(({ value, text }) => {
    const at = y.toPixel(value);
    if (at < top || at > bottom) return [];
    const baseline = at - top < FONT + 6 ? at + FONT + 3 : at - 5;
    const width = TEXT_WIDTH * text.length;
    const places = 1 + Math.floor(Math.max(0, right - 4 - width - left) / LABEL_SHIFT);
    const boxes = Array.from({ length: places }, (_, k): Box => {
      const end = right - 4 - k * LABEL_SHIFT;
      return { left: end - width, right: end, top: baseline - FONT, bottom: baseline + 3 };
    });
    const hidden = boxes.map(
      (box) =>
        curves.filter((curve) => meets(curve, box)).length +
        taken.filter((other) => overlap(box, other)).length,
    );
    const best = boxes[hidden.indexOf(Math.min(...hidden))]!;
    taken.push(best);
    return [
      `<text x="${px(best.right)}" y="${px(baseline)}" text-anchor="end" fill="${theme.muted}" stroke="${theme.background}" stroke-width="3" paint-order="stroke">${escaped(text)}</text>`,
    ];
  });
}

/** Whether a curve passes through a box. */
function meets(curve: readonly (readonly [number, number])[], box: Box): boolean {
  return curve.some(([x, y], k) => {
    const [nextX, nextY] = curve[k + 1] ?? [x, y];
    const [from, to] = [Math.max(x, box.left), Math.min(nextX, box.right)];
    if (from > to) return false;
    const heightAt = (at: number): number => (nextX === x ? y : y + ((nextY - y) * (at - x)) / (nextX - x));
    const [a, b] = [heightAt(from), heightAt(to)];
    return Math.max(a, b) >= box.top && Math.min(a, b) <= box.bottom;
  });
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function linePath(
  { x, y, width, opacity = 1, dashes, steps = false }: Line,
  color: string,
  layout: Layout,
): string {
  const points = inSight(x, y, layout);
  if (points.length === 0) return '';
  const d = steps
    ? points.map(([a, b], k) => (k === 0 ? `M${px(a)} ${px(b)}` : `H${px(a)}V${px(b)}`)).join('')
    : `M${points.map(([a, b]) => `${px(a)} ${px(b)}`).join('L')}${points.length === 1 ? 'h.01' : ''}`;
  const style = `${opacity === 1 ? '' : ` opacity="${opacity}"`}${dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`}`;
  // A single point shows as a dot.
  const cap =
    points.length === 1 ? ` stroke-linecap="round" stroke-width="${3 * width}"` : ` stroke-width="${width}"`;
  return `<path d="${d}" fill="none" stroke="${color}"${cap} stroke-linejoin="round"${style}/>`;
}

function bandPath({ x, low, high }: Band, color: string, layout: Layout, bands: number): string {
  const upper = inSight(x, high, layout);
  const lower = inSight(x, low, layout).reverse();
  if (upper.length < 2) return '';
  const d = [...upper, ...lower].map(([a, b]) => `${px(a)} ${px(b)}`).join('L');
  return `<path d="M${d}Z" fill="${color}" opacity="${bands > 4 ? 0.08 : 0.16}"/>`;
}

/**
 * Pixels of the points in the shown range of x, with one more at either side. Of many points in a column of pixels the
 * first, lowest, highest and last are kept: it looks the same.
 */
function inSight(
  xs: readonly number[],
  ys: readonly number[],
  { x, y, left, right }: Layout,
): [number, number][] {
  const all: [number, number][] = [];
  for (let k = 0; k < xs.length; k++) {
    const at = y.toPixel(ys[k]!);
    if (Number.isFinite(at)) all.push([x.toPixel(xs[k]!), Math.max(-1e4, Math.min(1e4, at))]);
  }
  const from = Math.max(0, all.findIndex(([at]) => at >= left) - 1);
  const after = all.findIndex(([at]) => at > right);
  const shown = all.slice(from, after < 0 ? all.length : after + 1);
  if (shown.length <= 2 * (right - left)) return shown;
  const kept: [number, number][] = [];
  for (let k = 0; k < shown.length;) {
    const start = k;
    let [low, high] = [k, k];
    for (; k < shown.length && Math.floor(shown[k]![0]) === Math.floor(shown[start]![0]); k++) {
      if (shown[k]![1] < shown[low]![1]) low = k;
      if (shown[k]![1] > shown[high]![1]) high = k;
    }
    const places = new Set([start, low, high, k - 1].sort((a, b) => a - b));
    for (const place of places) kept.push(shown[place]!);
  }
  return kept;
}

/** A coordinate, rounded to a tenth of a pixel. */
function px(at: number): string {
  return String(Math.round(at * 10) / 10);
}
