import { expect, it } from 'vitest';
import { filmOf } from '../../src/player/film.ts';
import { mp4Of } from '../../src/player/mp4.ts';
import { recorded } from './recorded.ts';

it('an MP4 is one, and has the same bytes at any time', async () => {
  const recording = await recorded('simple_v3');
  const images = filmOf(recording, recording.episodes[0]!, 'fixed').slice(0, 5);
  const first = Buffer.from(await mp4Of(images));
  const second = Buffer.from(await mp4Of(images));
  const made = first.indexOf('mvhd') + 8;
  expect([...first.subarray(made, made + 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(first.toString('latin1', 4, 8)).toBe('ftyp');
  expect(first.includes('avc1')).toBe(true);
  expect(second.equals(first)).toBe(true);
});
