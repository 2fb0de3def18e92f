/** What an environment threw, for a message: `TypeError: x is undefined (my-env.mjs:12:5)`. */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Our own code, dist/ or src/. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));

export function thrown(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  const message = firstLine(error.message);
  const text = error.name === 'Error' ? message : `${error.name}: ${message}`;
  const place = thrownIn(error);
  return place === undefined ? text : `${text} (${basename(place)})`;
}

/**
 * Where the user's code threw it, `/home/a/my-env.mjs:12:5`; undefined if this package or Node did: a position there does
 * not help the environment's author.
 */
export function thrownIn(error: Error): string | undefined {
  // The innermost frame in a file: `at Env.step (file:///home/a/my-env.mjs:12:5)`.
  const frame = /^ +at .*?\(?((?:file:\/\/)?\/?[^()\n]*:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  if (frame === undefined || frame.startsWith('node:')) return undefined;
  const file = frame.startsWith('file:') ? fileURLToPath(frame) : frame;
  return file.startsWith(OWN) ? undefined : frame;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]!;
}
