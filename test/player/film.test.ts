import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { viewsOf } from '../../src/player/camera.ts';
import { filmOf, stillOf } from '../../src/player/film.ts';
import { gifOf } from '../../src/player/gif.ts';
import { trailsAt, shapesAt } from '../../src/player/motion.ts';
import { fillOf, LIGHT } from '../../src/player/paint.ts';
import { indexed } from '../../src/player/palette.ts';
import { pngOf } from '../../src/player/png.ts';
import { Raster } from '../../src/player/raster.ts';
import type { Episode, Recording } from '../../src/player/recording.ts';
import { decodeGif } from './decode-gif.ts';
import { recorded } from './recorded.ts';

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const recording = await recorded('simple_tag_v3');
/** The first five steps. */
const begun = ({ episodes: [whole] }: Recording): Episode => ({
  ...whole!,
  ...{ frames: whole!.frames.slice(0, 6), steps: whole!.steps.slice(0, 5) },
});
const episode = begun(recording);
const images = filmOf(recording, episode, 'fixed');

describe('a GIF', () => {
  const decoded = decodeGif(gifOf(images));

  it('decodes to the pixels that were drawn', () => {
    const { palette, frames } = indexed(images);
    expect([decoded.width, decoded.height, decoded.frames.length]).toEqual([420, 452, 11]);
    expect(decoded.delays).toEqual([...Array.from({ length: 10 }, () => 5), 120]);
    frames.forEach((frame, k) => {
      const drawn = Buffer.alloc(3 * frame.length);
      for (const [at, index] of frame.entries()) drawn.set(palette[index]!, 3 * at);
      expect(drawn.equals(decoded.frames[k]!)).toBe(true);
    });
  });

  it('shows every body in its place and colour', () => {
    const [view] = viewsOf(episode, 'fixed');
    for (const [k, frame] of decoded.frames.entries())
      for (const shape of shapesAt(episode, k / 2)) {
        if (shape.kind !== 'circle') continue;
        const covered = shapesAt(episode, k / 2).some(
          (other) =>
            other !== shape &&
            other.kind === 'circle' &&
            Math.abs(other.x - shape.x) + Math.abs(other.y - shape.y) < 0.3,
        );
        if (covered) continue;
        const column = Math.floor(((shape.x - view!.x) / view!.span) * 420 + 210);
        const row = Math.floor(210 - ((shape.y - view!.y) / view!.span) * 420);
        const at = 3 * (row * 420 + column);
        expect([...frame.subarray(at, at + 3)]).toEqual([...fillOf(shape.colour, LIGHT)]);
      }
  });

  it('has the same bytes on every machine', async () => {
    const again = await recorded('simple_tag_v3');
    expect(hash(gifOf(filmOf(again, begun(again), 'fixed')))).toBe('8ae682d91a04e1be');
    expect(hash(pngOf(stillOf(recording, episode, 'fixed')))).toBe('348f1759b345f76b');
    expect(hash(gifOf(filmOf(recording, episode, 'mpe2')))).toBe('f58de5312c3fcb33');
  });
});

describe('a PNG', () => {
  it('decodes to the pixels that were drawn', () => {
    const image = stillOf(recording, episode, 'fixed');
    const bytes = Buffer.from(pngOf(image));
    const chunks = new Map<string, Buffer>();
    for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at))
      chunks.set(
        bytes.toString('latin1', at + 4, at + 8),
        bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)),
      );
    const { palette, frames } = indexed([image]);
    const rows = inflateSync(chunks.get('IDAT')!);
    expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
    expect([...chunks.get('PLTE')!]).toEqual(palette.flat());
    for (let y = 0; y < 452; y++)
      expect(
        rows.subarray(y * 421 + 1, (y + 1) * 421).equals(frames[0]!.subarray(y * 420, (y + 1) * 420)),
      ).toBe(true);
  });
});

describe('a raster', () => {
  it('covers a pixel by the part of it that a disc covers', () => {
    const image = new Raster(5, 1, [0, 0, 0]);
    image.disc(2.5, 0.5, 1.5, [160, 80, 16]);
    expect([...image.rgb]).toEqual([0, 0, 0, 160, 80, 16, 160, 80, 16, 160, 80, 16, 0, 0, 0]);
    image.disc(0, 0.5, 0.5, [160, 160, 160]);
    expect([...image.rgb.subarray(0, 3)]).toEqual([80, 80, 80]);
  });
});

/** One agent that moves from (0, 0) over (1, 0) to (1, 2). */
const walk: Episode = {
  ...{ seed: 0, index: 0, looks: [{ kind: 'circle', radius: 0.5, agent: 'a' }] },
  frames: [{ shapes: [[0, 0, 0]] }, { shapes: [[0, 1, 0]] }, { shapes: [[0, 1, 2]] }],
  steps: [0, 1].map(() => ({ actions: [0], rewards: [0], values: [null] })),
};

describe('between frames', () => {
  it('agents move in straight lines and leave trails', () => {
    expect(shapesAt(walk, 1.25)).toEqual([{ kind: 'circle', radius: 0.5, agent: 'a', x: 1, y: 0.5 }]);
    expect(trailsAt(walk, 1.25, 1)[0]!.points).toEqual([
      { x: 0.25, y: 0 },
      { x: 1, y: 0 },
      { x: 1, y: 0.5 },
    ]);
  });
});

describe('a camera', () => {
  it('that is fixed shows everything in the episode', () => {
    expect(viewsOf(walk, 'fixed')[0]).toEqual({ x: 0.5, y: 1, span: 3 / 0.92, magnify: 1 });
    expect(new Set(viewsOf(walk, 'fixed')).size).toBe(1);
  });

  it("of MPE2 goes as far as the farthest body of the frame, with the first frame's radii", () => {
    const far: Episode = { ...walk, frames: [{ shapes: [[0, 0, -2]] }, { shapes: [[0, 1, 0]] }] };
    expect(viewsOf(far, 'mpe2')).toEqual([
      { x: 0, y: 0, span: 4 / 0.9, magnify: 2 },
      { x: 0, y: 0, span: 2 / 0.9, magnify: 2 },
    ]);
  });
});
