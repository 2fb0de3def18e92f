/** GIF: a film with one palette for all images; pixels that stay are transparent, which keeps files small. */
import * as gifenc from 'gifenc';
import { DELAY_MS } from './film.ts';
import { indexed } from './palette.ts';
import type { Raster } from './raster.ts';

// Node finds gifenc's CommonJS, bundlers its ES module.
const GIFEncoder = gifenc.GIFEncoder ?? gifenc.default.GIFEncoder;

/** How long the last image stays before the film starts again. */
const HOLD_MS = 1200;
const TRANSPARENT = 255;

/** A GIF that repeats for ever. */
export function gifOf(images: readonly Raster[]): Uint8Array {
  const { width, height, palette, frames } = indexed(images);
  const full = [
    ...palette,
    ...Array.from({ length: TRANSPARENT + 1 - palette.length }, () => [0, 0, 0] as const),
  ];
  const gif = GIFEncoder();
  frames.forEach((frame, k) => {
    const delay = k === frames.length - 1 ? HOLD_MS : DELAY_MS;
    if (k === 0) gif.writeFrame(frame, width, height, { palette: full, delay, dispose: 1 });
    else {
      const changed = differences(frames[k - 1]!, frame);
      const transparency = { transparent: true, transparentIndex: TRANSPARENT, dispose: 1 };
      gif.writeFrame(changed, width, height, { delay, ...transparency });
    }
  });
  gif.finish();
  return gif.bytes();
}

function differences(before: Uint8Array, after: Uint8Array): Uint8Array {
  return after.map((index, k) => (index === before[k] ? TRANSPARENT : index));
}
