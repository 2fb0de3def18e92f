/** Palette: at most 255 colours for all frames of a film, and the frames as indices into it. */
import type { Raster } from './raster.ts';
import type { Rgb } from './paint.ts';

const MOST = 255;

export interface Indexed {
  readonly width: number;
  readonly height: number;
  /** The most frequent colours, most frequent first. */
  readonly palette: readonly Rgb[];
  /** [frames][height, width] */
  readonly frames: readonly Uint8Array[];
}

/** Colours beyond the most frequent 255 become the nearest of these; equal frames give equal bytes. */
export function indexed(rasters: readonly Raster[]): Indexed {
  const counts = new Map<number, number>();
  for (const { rgb } of rasters) countColours(rgb, counts);
  const byFrequency = [...counts].sort(([a, m], [b, n]) => n - m || a - b).map(([colour]) => colour);
  const kept = byFrequency.slice(0, MOST);
  const palette = kept.map((colour): Rgb => [colour >> 16, (colour >> 8) & 255, colour & 255]);
  const indexOf = new Map(kept.map((colour, k) => [colour, k]));
  for (const colour of byFrequency.slice(MOST)) indexOf.set(colour, nearest(palette, colour));
  const { width, height } = rasters[0]!;
  return { width, height, palette, frames: rasters.map(({ rgb }) => indices(rgb, indexOf)) };
}

function colourAt(rgb: Uint8Array, at: number): number {
  return (rgb[at]! << 16) | (rgb[at + 1]! << 8) | rgb[at + 2]!;
}

/** Most pixels are like their left neighbour: runs are counted at once. */
function countColours(rgb: Uint8Array, counts: Map<number, number>): void {
  let last = colourAt(rgb, 0);
  let run = 0;
  const note = (): void => {
    counts.set(last, (counts.get(last) ?? 0) + run);
  };
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = colourAt(rgb, at);
    if (colour !== last) {
      note();
      [last, run] = [colour, 0];
    }
    run += 1;
  }
  note();
}

function indices(rgb: Uint8Array, indexOf: ReadonlyMap<number, number>): Uint8Array {
  const out = new Uint8Array(rgb.length / 3);
  let last = -1;
  let index = 0;
  for (let k = 0; k < out.length; k++) {
    const colour = colourAt(rgb, 3 * k);
    if (colour !== last) [last, index] = [colour, indexOf.get(colour)!];
    out[k] = index;
  }
  return out;
}

function nearest(palette: readonly Rgb[], colour: number): number {
  let [best, least] = [0, Infinity];
  palette.forEach(([red, green, blue], k) => {
    const [r, g, b] = [red - (colour >> 16), green - ((colour >> 8) & 255), blue - (colour & 255)];
    const distance = r * r + g * g + b * b;
    if (distance < least) [best, least] = [k, distance];
  });
  return best;
}
