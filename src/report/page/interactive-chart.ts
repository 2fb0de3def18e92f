/** A chart that can be read with the mouse, a finger or the keyboard: a cursor with values, and zoom along x. */
import { chartSvg, layoutOf, type Chart, type Layout } from '../chart.ts';
import { firstNotBelow } from '../curves.ts';
import { html } from '../html.ts';
import { element, fill } from './elements.ts';

/** What the cursor shows at a place. */
export interface Readout {
  readonly title: string;
  readonly rows: readonly { readonly color: string; readonly label: string; readonly text: string }[];
  /** Values to mark, in the units of the axes. */
  readonly dots: readonly { readonly y: number; readonly color: string }[];
}

export interface ChartContent {
  readonly chart: Omit<Chart, 'width' | 'height'>;
  /** Places at which the cursor stops, increasing. */
  readonly stops: readonly number[];
  /** `y` is where the pointer is; NaN from the keyboard. */
  readonly readout: (x: number, y: number, layout: Layout) => Readout;
}

export interface ChartOptions {
  readonly height: (width: number) => number;
  /** Called with the range of x that was chosen, or null for all. Without it the chart does not zoom. */
  readonly onZoom?: (range: readonly [number, number] | null) => void;
}

/** Pixels that a pointer must move for a zoom. */
const DRAG = 8;
const ZOOM_STEP = 0.6;

export class InteractiveChart {
  readonly #host: HTMLElement;
  readonly #options: ChartOptions;
  #content: ChartContent | undefined;
  #layout: Layout | undefined;
  /** Index of the stop at the cursor. */
  #at: number | undefined;
  /** Where a drag began, in pixels. */
  #from: number | undefined;

  constructor(host: HTMLElement, label: string, options: ChartOptions) {
    this.#host = host;
    this.#options = options;
    host.innerHTML = html`<div class="plot" tabindex="0" role="group" aria-label="${label}">
        <div class="svg"></div>
        <div class="cursor" hidden></div>
        <div class="range" hidden></div>
        <div class="dots"></div>
        <div class="tip" hidden></div>
      </div>
      <p class="said" aria-live="polite"></p>`.text;
    const plot = element('.plot', host);
    plot.addEventListener('pointermove', (event) => {
      this.#move(event);
    });
    plot.addEventListener('pointerleave', () => {
      if (this.#from === undefined) this.#clear();
    });
    plot.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || event.pointerType === 'touch') return;
      this.#from = this.#pixel(event).x;
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener('pointerup', (event) => {
      this.#release(this.#pixel(event).x);
    });
    plot.addEventListener('dblclick', () => this.#options.onZoom?.(null));
    plot.addEventListener('blur', () => {
      this.#clear();
    });
    plot.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.#key(event.key, event.shiftKey)) event.preventDefault();
    });
    new ResizeObserver(() => {
      this.#draw();
    }).observe(host);
  }

  show(content: ChartContent): void {
    this.#content = content;
    this.#at = undefined;
    this.#draw();
  }

  #draw(): void {
    const width = Math.floor(this.#host.clientWidth);
    if (!this.#content || width === 0) return;
    const chart = { ...this.#content.chart, width, height: this.#options.height(width) };
    this.#layout = layoutOf(chart);
    element('.svg', this.#host).innerHTML = chartSvg(chart);
    this.#clear();
  }

  #pixel({ clientX, clientY }: PointerEvent): { readonly x: number; readonly y: number } {
    const { left, top } = element('.plot', this.#host).getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #move(event: PointerEvent): void {
    const [content, layout] = [this.#content, this.#layout];
    if (!content || !layout || content.stops.length === 0) return;
    const { x, y } = this.#pixel(event);
    if (this.#from !== undefined && this.#options.onZoom) this.#markRange(this.#from, x, layout);
    this.#at = nearest(content.stops, layout.x.toValue(x));
    this.#point(layout.y.toValue(y));
  }

  #markRange(from: number, to: number, { left, right, top, bottom }: Layout): void {
    const range = element('.range', this.#host);
    const [a, b] = [from, to].map((x) => Math.max(left, Math.min(right, x))).sort((p, q) => p - q);
    range.hidden = false;
    Object.assign(range.style, {
      left: `${a!}px`,
      width: `${b! - a!}px`,
      top: `${top}px`,
      height: `${bottom - top}px`,
    });
  }

  #release(to: number): void {
    const [from, layout] = [this.#from, this.#layout];
    this.#from = undefined;
    element('.range', this.#host).hidden = true;
    if (from === undefined || !layout || Math.abs(to - from) < DRAG) return;
    const { left, right, x } = layout;
    const ends = [from, to].map((at) => x.toValue(Math.max(left, Math.min(right, at)))).sort((p, q) => p - q);
    this.#options.onZoom?.([ends[0]!, ends[1]!]);
  }

  /** Whether the key means something here. */
  #key(key: string, far: boolean): boolean {
    const [content, layout] = [this.#content, this.#layout];
    if (!content || !layout || content.stops.length === 0) return false;
    const [from, to] = layout.x.spec.range;
    const room = 1e-9 * (to - from);
    const first = firstNotBelow(content.stops, from - room);
    const end = firstNotBelow(content.stops, to + room) - 1;
    if (end < first) return false;
    const go = (to: number): true => {
      this.#at = Math.max(first, Math.min(end, to));
      this.#point(NaN);
      element('.said', this.#host).textContent = this.#said();
      return true;
    };
    const step = far ? 10 : 1;
    if (key === 'ArrowRight') return go(this.#at === undefined ? first : this.#at + step);
    if (key === 'ArrowLeft') return go(this.#at === undefined ? end : this.#at - step);
    if (key === 'Home') return go(first);
    if (key === 'End') return go(end);
    const { onZoom } = this.#options;
    if (!onZoom) return false;
    if (key === '+' || key === '=') return this.#zoomBy(ZOOM_STEP, onZoom);
    if (key === '-') return this.#zoomBy(1 / ZOOM_STEP, onZoom);
    if (key !== '0' && key !== 'Escape') return false;
    onZoom(null);
    return true;
  }

  /** Zooms about the cursor, or the middle. */
  #zoomBy(factor: number, onZoom: NonNullable<ChartOptions['onZoom']>): true {
    const { x, left, right } = this.#layout!;
    const stop = this.#at === undefined ? undefined : this.#content!.stops[this.#at];
    const about = stop === undefined ? (left + right) / 2 : x.toPixel(stop);
    const [from, to] = [left, right].map((end) => x.toValue(about + (end - about) * factor));
    const all = this.#content!.stops;
    if (from! <= all[0]! && to! >= all.at(-1)!) onZoom(null);
    else onZoom([from!, to!]);
    return true;
  }

  /** Shows the cursor at its stop. */
  #point(y: number): void {
    const [content, layout] = [this.#content!, this.#layout!];
    const stop = content.stops[this.#at!]!;
    const at = layout.x.toPixel(stop);
    const inside = at >= layout.left - 1 && at <= layout.right + 1;
    const cursor = element('.cursor', this.#host);
    const tip = element('.tip', this.#host);
    cursor.hidden = tip.hidden = !inside;
    if (!inside) {
      fill(element('.dots', this.#host), html``);
      return;
    }
    const { title, rows, dots } = content.readout(stop, y, layout);
    Object.assign(cursor.style, {
      left: `${at}px`,
      top: `${layout.top}px`,
      height: `${layout.bottom - layout.top}px`,
    });
    fill(
      element('.dots', this.#host),
      html`${dots
        .map((dot) => ({ ...dot, at: layout.y.toPixel(dot.y) }))
        .filter((dot) => dot.at >= layout.top && dot.at <= layout.bottom)
        .map((dot) => html`<i style="left:${at}px;top:${dot.at}px;background:${dot.color}"></i>`)}`,
    );
    fill(
      tip,
      html`<b>${title}</b>${rows.map(
          ({ color, label, text }) =>
            html`<span class="row"
              ><i style="background:${color}"></i><span>${label}</span><b>${text}</b></span
            >`,
        )}`,
    );
    this.#placeTip(
      tip,
      at,
      dots.map((dot) => layout.y.toPixel(dot.y)),
      layout,
    );
  }

  /** Beside the cursor and away from its dots; beneath a chart that it would cover. */
  #placeTip(
    tip: HTMLElement,
    at: number,
    dots: readonly number[],
    { left, right, top, bottom }: Layout,
  ): void {
    const width = this.#host.clientWidth;
    const beside = at + 14 + tip.offsetWidth <= width ? at + 14 : at - 14 - tip.offsetWidth;
    const middle = dots.reduce((sum, y) => sum + y, 0) / dots.length;
    const inside = middle > (top + bottom) / 2 ? top + 8 : bottom - 8 - tip.offsetHeight;
    const isNarrow = tip.offsetWidth > 0.6 * (right - left);
    tip.style.left = `${Math.max(0, Math.min(beside, width - tip.offsetWidth))}px`;
    tip.style.top = `${isNarrow ? bottom + 26 : Math.max(top, inside)}px`;
  }

  #said(): string {
    const { title, rows } = this.#content!.readout(this.#content!.stops[this.#at!]!, NaN, this.#layout!);
    return `${title}: ${rows.map(({ label, text }) => `${label} ${text}`).join('; ')}`;
  }

  #clear(): void {
    for (const part of ['.cursor', '.range', '.tip']) element(part, this.#host).hidden = true;
    fill(element('.dots', this.#host), html``);
    this.#at = undefined;
  }
}

function nearest(sorted: readonly number[], x: number): number {
  const k = Math.min(firstNotBelow(sorted, x), sorted.length - 1);
  return k > 0 && x - sorted[k - 1]! < sorted[k]! - x ? k - 1 : k;
}
