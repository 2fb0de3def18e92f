/** What somebody else's code threw, as part of a line: `TypeError: x is undefined (my-env.mjs:12:5)`. */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this program's own code, dist/ or src/. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));

export function thrown(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  const message = firstLine(error.message);
  const text = error.name === 'Error' ? message : `${error.name}: ${message}`;
  // The innermost frame that is a file: `at Env.step (file:///home/a/my-env.mjs:12:5)`.
  const frame = /^ +at .*?\(?((?:file:\/\/)?\/?[^()\n]*:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  if (frame === undefined || frame.startsWith('node:')) return text;
  // A line of this program says nothing to whoever wrote the environment.
  const file = frame.startsWith('file:') ? fileURLToPath(frame) : frame;
  return file.startsWith(OWN) ? text : `${text} (${basename(frame)})`;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]!;
}
