/** Axes of charts: from values to pixels and back, ticks, and numbers as people read them. */
import { exp, log, pow } from '../core/math.ts';

export interface AxisSpec {
  readonly label: string;
  /** Least and most value shown. */
  readonly range: readonly [from: number, to: number];
  readonly log?: boolean;
}

export interface Axis {
  readonly spec: AxisSpec;
  readonly toPixel: (value: number) => number;
  readonly toValue: (pixel: number) => number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** The axis between two pixels, with about `count` ticks. */
export function axisOf(spec: AxisSpec, [start, end]: readonly [number, number], count: number): Axis {
  const place = spec.log ? log : (value: number): number => value;
  const back = spec.log ? exp : (value: number): number => value;
  const [from, to] = spec.range.map(place) as [number, number];
  const length = to - from || 1;
  const values = spec.log ? logTicks(spec.range, count) : linearTicks(spec.range, count);
  return {
    spec,
    toPixel: (value) => start + ((place(value) - from) / length) * (end - start),
    toValue: (pixel) => back(from + ((pixel - start) / (end - start)) * length),
    ticks: values.map((value) => ({ value, text: short(value) })),
  };
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks([from, to]: AxisSpec['range'], count: number): number[] {
  const rough = (to - from) / Math.max(1, count);
  if (!(rough > 0)) return [from];
  const power = pow(10, Math.floor(log(rough) / Math.LN10));
  // The nearest by ratio: the limits are geometric means.
  const factor = [10, 5, 2].find((one, k) => rough / power >= [7.07, 3.16, 1.41][k]!) ?? 1;
  const step = power * factor;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  // The product may end in ...0001.
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** Powers of ten, with 2 and 5 times where there are few. */
function logTicks([from, to]: AxisSpec['range'], count: number): number[] {
  const decades = Math.floor(log(from) / Math.LN10);
  const span = Math.ceil(log(to) / Math.LN10) - decades;
  const factors = span <= count / 2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(span / count));
  return Array.from({ length: span + 1 }, (_, k) => decades + k)
    .filter((decade) => decade % every === 0)
    .flatMap((decade) => factors.map((factor) => Number((factor * pow(10, decade)).toPrecision(12))))
    .filter((value) => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9));
}

/** A range with room around its values; for a log scale, of the positive ones. */
export function rangeAround(values: Iterable<number>, isLog = false): [number, number] {
  let [from, to] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value) || (isLog && value <= 0)) continue;
    if (value < from) from = value;
    if (value > to) to = value;
  }
  if (from > to) return isLog ? [0.1, 1] : [0, 1];
  if (isLog) return from === to ? [from / 2, to * 2] : [from / 1.1, to * 1.1];
  const room = 0.05 * (to - from) || 0.05 * Math.abs(to) || 1;
  return [from - room, to + room];
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** A short number for axes and tables: 1.5M, 150k, −12.3, 0.00012. */
export function short(value: number): string {
  const size = Math.abs(value);
  const [unit, name] = UNITS.find(([one]) => size >= one * 0.99995) ?? [1, ''];
  return withMinus(plain(value / unit) + name);
}

/** Four significant digits, without exponent where that is readable. */
function plain(value: number): string {
  const rounded = Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? rounded.toExponential() : String(rounded);
}

/** A value for tooltips and tables: as many decimals as make four digits, always the same for the same size. */
export function precise(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return withMinus(value.toExponential(3));
  const decimals = size >= 1000 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
  return withMinus(value.toFixed(decimals));
}

/** 45 s, 12.5 min, 3.2 h */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Number(seconds.toPrecision(3))} s`;
  if (seconds < 6000) return `${Number((seconds / 60).toPrecision(3))} min`;
  return `${Number((seconds / 3600).toPrecision(3))} h`;
}

/** A true minus sign instead of a hyphen. */
function withMinus(text: string): string {
  return text.replaceAll('-', '−');
}
