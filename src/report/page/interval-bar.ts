/** A value with its interval as a small drawing in a table. */
import { Html } from '../html.ts';

/** Values at the left and right edge. */
export type Span = readonly [number, number];

export interface Bar {
  readonly at: number;
  readonly interval: readonly [number, number] | null;
  /** Thin line. */
  readonly ends?: readonly [number, number];
  /** A mark behind, such as that of equal chances. */
  readonly mark?: number;
  readonly color: string;
}

const WIDTH = 150;
const EDGE = 7;

export function spanOf(values: readonly number[]): Span {
  const [from, to] = [Math.min(...values), Math.max(...values)];
  return from === to ? [from - 1, to + 1] : [from, to];
}

export function intervalBar({ at, interval, ends, mark, color }: Bar, [from, to]: Span): Html {
  const x = (value: number): string =>
    (EDGE + ((value - from) / (to - from)) * (WIDTH - 2 * EDGE)).toFixed(1);
  const line = ([a, b]: readonly [number, number], style: string): string =>
    `<path d="M${x(a)} 10H${x(b)}" stroke="${color}" ${style}/>`;
  return new Html(
    `<svg class="bar" width="${WIDTH}" height="20" aria-hidden="true">` +
      (mark === undefined
        ? ''
        : `<path d="M${x(mark)} 1V19" stroke="var(--muted)" stroke-dasharray="2 2"/>`) +
      (ends ? line(ends, 'stroke-width="1.5" opacity="0.6"') : '') +
      (interval ? line(interval, 'stroke-width="7" opacity="0.3" stroke-linecap="round"') : '') +
      `<circle cx="${x(at)}" cy="10" r="4.5" fill="${color}"/></svg>`,
  );
}
