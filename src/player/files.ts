/** Recordings as files: by a file name's ending a page, GIF, MP4, PNG or the plain data. */
import { extname } from 'node:path';
import { writeOutput } from '../core/output-file.ts';
import { UserError } from '../core/user-error.ts';
import type { CameraName } from './camera.ts';
import type { Recording } from './recording.ts';

type Content = string | Uint8Array;

/** Films show the first episode. Each format's code is loaded where it is used. */
const FORMATS: Readonly<Record<string, (recording: Recording, camera: CameraName) => Promise<Content>>> = {
  '.html': async (recording, camera) => (await import('./page.ts')).pageOf(recording, { camera }),
  '.json': (recording) => Promise.resolve(`${JSON.stringify(recording)}\n`),
  '.gif': async (recording, camera) => {
    const { filmOf } = await import('./film.ts');
    return (await import('./gif.ts')).gifOf(filmOf(recording, recording.episodes[0]!, camera));
  },
  '.mp4': async (recording, camera) => {
    const { filmOf } = await import('./film.ts');
    return (await import('./mp4.ts')).mp4Of(filmOf(recording, recording.episodes[0]!, camera));
  },
  '.png': async (recording, camera) => {
    const { stillOf } = await import('./film.ts');
    return (await import('./png.ts')).pngOf(stillOf(recording, recording.episodes[0]!, camera));
  },
};

/** Throws UserError unless the file's name ends in one of `endings`. */
export function requireEnding(option: string, file: string, endings = Object.keys(FORMATS)): void {
  const ending = extname(file).toLowerCase();
  if (endings.includes(ending)) return;
  throw new UserError(`${option}: expected a file name that ends in ${endings.join(', ')}, got ${file}`);
}

/** Writes a recording in the format that the file's name ends in, as `option` asks. Throws UserError if it cannot. */
export async function writeRecording(
  recording: Recording,
  option: string,
  file: string,
  camera: CameraName = 'fixed',
): Promise<void> {
  writeOutput(option, file, await FORMATS[extname(file).toLowerCase()]!(recording, camera));
}
