/** What somebody else's code threw, as part of a line: `TypeError: x is undefined (my-env.mjs:12:5)`. */
import { basename } from 'node:path';

export function thrown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.split('\n')[0]!;
  const text = error.name === 'Error' ? message : `${error.name}: ${message}`;
  // The innermost frame that is a file: `at Env.step (file:///home/a/my-env.mjs:12:5)`.
  const frame = /^ +at .*?\(?((?:file:\/\/)?\/?[^()\n]*:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  return frame === undefined || frame.startsWith('node:') ? text : `${text} (${basename(frame)})`;
}
