/**
 * Raster: anti-aliased discs, lines and text in RGB. It uses nothing but IEEE arithmetic and square roots, so pixels are the
 * same on every machine.
 */
import { GLYPH_HEIGHT, GLYPHS } from './glyphs.ts';
import type { Rgb } from './paint.ts';

/** Steps of coverage: enough for smooth edges, few enough for a palette. */
const STEPS = 16;

/** Alignment of text to a point: its left end, its middle or its right end. */
export type Align = 'left' | 'middle' | 'right';

const glyphs = new Map(GLYPHS.map((glyph) => [glyph[0]!, glyph.slice(1)]));
const unknown = glyphs.get('?')!;

export class Raster {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly rgb: Uint8Array;

  constructor(width: number, height: number, ground: Rgb) {
    this.width = width;
    this.height = height;
    this.rgb = new Uint8Array(width * height * 3);
    for (let at = 0; at < this.rgb.length; at++) this.rgb[at] = ground[at % 3]!;
  }

  /** A disc around (x, y), in pixels from the top left corner of the image. */
  disc(x: number, y: number, radius: number, colour: Rgb, opacity = 1): void {
    this.#around(x, y, radius, (distance) => opacity * within(radius + 0.5 - distance), colour);
  }

  /** The edge of a disc, `width` wide, inside it. */
  ring(x: number, y: number, radius: number, width: number, colour: Rgb): void {
    const inner = radius - width;
    const coverage = (distance: number): number =>
      within(Math.min(radius + 0.5 - distance, distance - inner + 0.5));
    this.#around(x, y, radius, coverage, colour);
  }

  /** A line with round ends. */
  line(x1: number, y1: number, x2: number, y2: number, width: number, colour: Rgb, opacity = 1): void {
    const half = width / 2;
    const [dx, dy] = [x2 - x1, y2 - y1];
    const square = dx * dx + dy * dy;
    const bounds = [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)] as const;
    this.#each(
      bounds[0] - half,
      bounds[1] - half,
      bounds[2] + half,
      bounds[3] + half,
      (px, py) => {
        const along = square === 0 ? 0 : within(((px - x1) * dx + (py - y1) * dy) / square);
        const [ox, oy] = [px - x1 - along * dx, py - y1 - along * dy];
        return opacity * within(half + 0.5 - Math.sqrt(ox * ox + oy * oy));
      },
      colour,
    );
  }

  /** Text whose letters stand between y and y + GLYPH_HEIGHT; x is rounded. */
  text(text: string, x: number, y: number, colour: Rgb, align: Align = 'left'): void {
    const width = textWidth(text);
    let left = Math.round(align === 'left' ? x : align === 'middle' ? x - width / 2 : x - width);
    const top = Math.round(y);
    for (const letter of text) {
      const coverage = glyphs.get(letter) ?? unknown;
      const columns = coverage.length / GLYPH_HEIGHT;
      for (let k = 0; k < coverage.length; k++)
        this.#blend(
          left + (k % columns),
          top + Math.floor(k / columns),
          colour,
          parseInt(coverage[k]!, 16) / 15,
        );
      left += columns;
    }
  }

  /** What covers each pixel near (x, y), by its distance from there. */
  #around(x: number, y: number, radius: number, coverage: (distance: number) => number, colour: Rgb): void {
    const at = (px: number, py: number): number =>
      coverage(Math.sqrt((px - x) * (px - x) + (py - y) * (py - y)));
    this.#each(x - radius, y - radius, x + radius, y + radius, at, colour);
  }

  #each(
    left: number,
    top: number,
    right: number,
    bottom: number,
    coverage: (x: number, y: number) => number,
    colour: Rgb,
  ): void {
    for (let y = Math.max(0, Math.floor(top - 1)); y <= Math.min(this.height - 1, bottom + 1); y++)
      for (let x = Math.max(0, Math.floor(left - 1)); x <= Math.min(this.width - 1, right + 1); x++)
        // The middle of the pixel.
        this.#blend(x, y, colour, coverage(x + 0.5, y + 0.5));
  }

  #blend(x: number, y: number, colour: Rgb, coverage: number): void {
    const share = Math.round(coverage * STEPS) / STEPS;
    if (share === 0 || x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 3;
    for (let c = 0; c < 3; c++) {
      const below = this.rgb[at + c]!;
      this.rgb[at + c] = Math.round(below + (colour[c]! - below) * share);
    }
  }
}

/** Width of a text in pixels. */
export function textWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += (glyphs.get(letter) ?? unknown).length / GLYPH_HEIGHT;
  return width;
}

function within(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}
