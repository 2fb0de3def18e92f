/** Curves over an episode with a cursor: rewards, Q. Agents with equal curves share one line. */
import { html, svg } from './elements.ts';

export interface Series {
  readonly label: string;
  /** A CSS class with its colour: `mp-line-0` and so on. */
  readonly line: number;
  /** [x, y] in steps and the unit of y. */
  readonly points: readonly (readonly [number, number])[];
}

/** Colours that style.ts has. */
export const LINES = 8;
const HEIGHT = 132;
const [LEFT, RIGHT, TOP, BOTTOM] = [54, 10, 8, 20];

export class Curves {
  readonly element: HTMLElement;
  readonly #title: string;
  readonly #drawing = svg('svg', { class: 'mp-curves', height: HEIGHT, role: 'img' });
  readonly #legend = html('p', { class: 'mp-legend' });
  readonly #cursor = svg('g');
  #series: readonly Series[] = [];
  #steps = 1;
  #range: readonly [number, number] = [0, 1];

  /** `onSeek` hears the step that was clicked. */
  constructor(title: string, onSeek: (step: number) => void) {
    this.#title = title;
    this.element = html('figure', {}, html('figcaption', {}, title), this.#drawing, this.#legend);
    const seek = (event: PointerEvent): void => {
      if (event.buttons === 0) return;
      const { left, width } = this.#drawing.getBoundingClientRect();
      const share = (event.clientX - left - LEFT) / (width - LEFT - RIGHT);
      onSeek(Math.max(0, Math.min(this.#steps, share * this.#steps)));
    };
    this.#drawing.addEventListener('pointerdown', seek);
    this.#drawing.addEventListener('pointermove', seek);
  }

  /** Draws the curves of an episode of `steps` steps. */
  show(series: readonly Series[], steps: number): void {
    this.#series = series;
    this.#steps = steps;
    this.element.hidden = series.length === 0;
    if (series.length === 0) return;
    const values = series.flatMap(({ points }) => points.map(([, y]) => y));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = high > low ? 0.06 * (high - low) : 0.5;
    this.#range = [low - room, high + room];
    this.redraw();
  }

  /** Draws again, in the present width. */
  redraw(): void {
    const width = this.#drawing.clientWidth || 600;
    this.#drawing.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    const [low, high] = this.#range;
    const summary = this.#series.map(
      ({ label, points }) => `${label}: ${short(points.at(-1)?.[1])} at the end`,
    );
    this.#drawing.setAttribute('aria-label', `${this.#title}. ${summary.join('; ')}`);
    const ticks = ticksBetween(low, high);
    this.#drawing.replaceChildren(
      ...ticks.flatMap((value) => [
        svg('line', {
          class: 'mp-tick',
          x1: LEFT,
          x2: width - RIGHT,
          y1: this.#y(value),
          y2: this.#y(value),
        }),
        svg('text', { x: LEFT - 6, y: this.#y(value) + 4, 'text-anchor': 'end' }, short(value)),
      ]),
      ...[0, 1].map((share) =>
        svg(
          'text',
          { x: this.#x(share * this.#steps), y: HEIGHT - 4, 'text-anchor': share === 0 ? 'start' : 'end' },
          share === 0 ? 'step 0' : String(this.#steps),
        ),
      ),
      ...this.#series.map(({ line, points }) =>
        svg('polyline', {
          class: `mp-line mp-line-${line}`,
          points: points.map(([x, y]) => `${this.#x(x).toFixed(1)},${this.#y(y).toFixed(1)}`).join(' '),
        }),
      ),
      this.#cursor,
    );
    this.#legend.replaceChildren(
      ...this.#series.map(({ label, line }) =>
        html('span', {}, html('i', { class: `mp-swatch mp-line-${line}` }), label),
      ),
    );
  }

  /** Moves the cursor to time t. */
  at(t: number): void {
    const x = this.#x(t);
    this.#cursor.replaceChildren(
      svg('line', { class: 'mp-cursor', x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
      ...this.#series.flatMap(({ line, points }) => {
        const point = points.findLast(([at]) => at <= t);
        if (point === undefined) return [];
        const place = { cx: this.#x(point[0]), cy: this.#y(point[1]), r: 3.5 };
        return [svg('circle', { class: `mp-dot mp-line-${line}`, ...place })];
      }),
    );
  }

  #x(step: number): number {
    return LEFT + (step / this.#steps) * ((this.#drawing.clientWidth || 600) - LEFT - RIGHT);
  }

  #y(value: number): number {
    const [low, high] = this.#range;
    return TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  }
}

/** One series for all agents with the same points; `points` by agent. */
export function seriesOf(names: readonly string[], points: readonly Series['points'][]): Series[] {
  const series = new Map<string, { line: number; labels: string[]; points: Series['points'] }>();
  points.forEach((own, i) => {
    if (own.length === 0) return;
    const key = JSON.stringify(own);
    const alike = series.get(key);
    if (alike) alike.labels.push(names[i]!);
    else series.set(key, { line: i % LINES, labels: [names[i]!], points: own });
  });
  return [...series.values()].map(({ labels, ...rest }) => ({
    ...rest,
    label: labels.length === names.length && labels.length > 1 ? 'all agents' : labels.join(', '),
  }));
}

/** Two to five round numbers. */
function ticksBetween(low: number, high: number): number[] {
  let unit = 1;
  while ((high - low) / unit < 2) unit /= 10;
  while ((high - low) / unit >= 20) unit *= 10;
  unit *= [5, 2, 1].find((n) => (high - low) / (n * unit) >= 2)!;
  const first = Math.ceil(low / unit);
  return Array.from({ length: Math.floor(high / unit) - first + 1 }, (_, k) => (first + k) * unit);
}

/** A number in four digits or so. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 0.01 || size >= 1e5) ? value.toExponential(1) : value.toFixed(size < 100 ? 2 : 1);
  return text.replace('-', '−');
}
