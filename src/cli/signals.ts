/**
 * Signals during a training: the first SIGINT, SIGTERM or SIGHUP saves a checkpoint and ends the run, a further SIGINT or
 * SIGTERM ends the process at once.
 */
import * as fs from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';

const INTERRUPTED = 130;

/** Milliseconds within which two signals are one: npm and npx pass on what the terminal has sent already. */
const ECHO_MS = 50;

/** Calls `interrupt` at the first signal. Returns a function that stops listening. */
export function onInterrupt(interrupt: () => void): () => void {
  let first: number | undefined;
  const begin = (): void => {
    if (first !== undefined) return;
    first = performance.now();
    interrupt();
  };
  const again = (): void => {
    if (first === undefined) begin();
    else if (performance.now() - first > ECHO_MS) process.exit(INTERRUPTED);
  };
  const handlers = {
    SIGINT: again,
    SIGTERM: again,
    // A closing terminal may send several. Under nohup it is ignored, which Node has undone.
    SIGHUP: underNohup() ? () => undefined : begin,
  } as const;
  const signals = Object.entries(handlers);
  for (const [signal, handler] of signals) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of signals) process.off(signal, handler);
  };
}

/**
 * Whether nohup started this process, by its traces: the variable `_` of the shell that ran it, standard output in
 * nohup.out, or standard input open for writing only.
 */
export function underNohup(): boolean {
  if (path.basename(process.env['_'] ?? '') === 'nohup') return true;
  if (['.', homedir()].some((folder) => isSame(1, path.join(folder, 'nohup.out')))) return true;
  const flags = readIfThere('/proc/self/fdinfo/0');
  const [, octal = '0'] = /^flags:\s+([0-7]+)$/m.exec(flags ?? '') ?? [];
  return (parseInt(octal, 8) & ACCESS_MODE) === fs.constants.O_WRONLY;
}

/** O_ACCMODE */
const ACCESS_MODE = 3;

/** Whether a descriptor is open on this file. */
function isSame(descriptor: number, file: string): boolean {
  const named = fs.statSync(file, { throwIfNoEntry: false });
  if (named === undefined) return false;
  const open = fs.fstatSync(descriptor);
  return open.ino === named.ino && open.dev === named.dev;
}

/** undefined where there is no /proc. */
function readIfThere(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}
