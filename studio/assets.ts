/** What scripts/studio.js puts into the page besides this code: the worker, the kernels and the presets. */
import type { Kernels } from './protocol.ts';

function textOf(id: string): string {
  const text = document.getElementById(id)?.textContent;
  if (text === undefined) throw new Error(`page: expected an element ${id}, got none`);
  return text;
}

/** YAML texts by name, `mpe/simple_spread`. */
export const PRESETS = JSON.parse(textOf('presets')) as Readonly<Record<string, string>>;

export const KERNELS = Object.fromEntries(
  Object.entries(JSON.parse(textOf('kernels')) as Record<string, string>).map(([build, base64]) => [
    build,
    Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)),
  ]),
) as unknown as Kernels;

const WORKER = URL.createObjectURL(new Blob([textOf('worker')], { type: 'text/javascript' }));

export function startWorker(): Worker {
  return new Worker(WORKER, { name: 'maddpg' });
}
