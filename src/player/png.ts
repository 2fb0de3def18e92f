/** PNG: one image with a palette. Compressed by fflate, as zlib's bytes differ between versions and processors. */
import { zlibSync } from 'fflate';
import { concatenated } from '../core/protobuf.ts';
import { crc32 } from '../core/stored-zip.ts';
import { indexed } from './palette.ts';
import type { Raster } from './raster.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const [BITS, PALETTE] = [8, 3];

export function pngOf(image: Raster): Uint8Array {
  const { width, height, palette, frames } = indexed([image]);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([BITS, PALETTE], 8);
  // Every row begins with its filter, 0 for none.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++)
    rows.set(frames[0]!.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return concatenated([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(palette.flat())),
    chunk('IDAT', zlibSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** Length, type, data, checksum of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}
