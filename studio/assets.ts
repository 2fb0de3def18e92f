/** What scripts/studio.js puts into the page besides this code: the worker, the kernels and the presets. */
import type { Builds, Kernels } from './protocol.ts';

function textOf(id: string): string {
  const text = document.getElementById(id)?.textContent;
  if (text === undefined) throw new Error(`page: expected an element ${id}, got none`);
  return text;
}

/** YAML texts by name, `mpe/simple_spread`. */
export const PRESETS = JSON.parse(textOf('presets')) as Readonly<Record<string, string>>;

type Encoded = Readonly<Record<keyof Builds, string>>;
const encoded = JSON.parse(textOf('kernels')) as { readonly single: Encoded; readonly threaded: Encoded };
const decoded = (builds: Encoded): Builds => ({
  fused: bytesOf(builds.fused),
  emulated: bytesOf(builds.emulated),
  plain: bytesOf(builds.plain),
});

export const KERNELS: Kernels = { ...decoded(encoded.single), threaded: decoded(encoded.threaded) };

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

const WORKER = URL.createObjectURL(new Blob([textOf('worker')], { type: 'text/javascript' }));

export function startWorker(): Worker {
  return new Worker(WORKER, { name: 'maddpg' });
}
