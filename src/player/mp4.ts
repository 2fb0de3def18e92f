/** MP4: a film as H.264 video, encoded by the optional package h264-mp4-encoder. */
import { createRequire } from 'node:module';
import { UserError } from '../core/user-error.ts';
import { DELAY_MS } from './film.ts';
import type { Raster } from './raster.ts';

/** How often the last image is repeated. */
const HOLD = 20;
/** From 10, the best, to 51. */
const QUANTIZATION = 20;

/** @throws UserError if the encoder is not installed */
export async function mp4Of(images: readonly Raster[]): Promise<Uint8Array> {
  const { createH264MP4Encoder } = encoderModule();
  const encoder = await createH264MP4Encoder();
  const { width, height } = images[0]!;
  encoder.width = width;
  encoder.height = height;
  encoder.frameRate = 1000 / DELAY_MS;
  encoder.quantizationParameter = QUANTIZATION;
  encoder.initialize();
  const held = Array.from({ length: HOLD }, () => images.at(-1)!);
  for (const image of [...images, ...held]) encoder.addFrameRgba(rgba(image));
  encoder.finalize();
  const bytes = encoder.FS.readFile(encoder.outputFilename).slice();
  encoder.delete();
  forgetTimes(bytes);
  return bytes;
}

function encoderModule(): typeof import('h264-mp4-encoder') {
  try {
    return createRequire(import.meta.url)('h264-mp4-encoder') as typeof import('h264-mp4-encoder');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new UserError(
      '--mp4: expected the package h264-mp4-encoder, got none; npm install h264-mp4-encoder@1.0.12',
      { cause: error },
    );
  }
}

/** Boxes that hold others, and those that begin with the times of creation and change. */
const OUTER = ['moov', 'trak', 'mdia'];
const TIMED = ['mvhd', 'tkhd', 'mdhd'];

/** Zeroes the times at which the video was made, so that equal films have equal bytes. */
function forgetTimes(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (OUTER.includes(type)) forgetTimes(bytes.subarray(at + 8, at + view.getUint32(at)));
    // After size, type, version and flags.
    if (TIMED.includes(type)) bytes.fill(0, at + 12, at + 20);
  }
}

function rgba({ rgb, width, height }: Raster): Uint8Array {
  const out = new Uint8Array(width * height * 4).fill(255);
  for (let k = 0; k < width * height; k++) out.set(rgb.subarray(3 * k, 3 * k + 3), 4 * k);
  return out;
}
