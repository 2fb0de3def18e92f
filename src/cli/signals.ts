/**
 * Signals during training: the first SIGINT, SIGTERM or SIGHUP saves a checkpoint and ends the run, a further SIGINT or
 * SIGTERM ends the process at once.
 */
import * as fs from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import type { Thread } from './thread.ts';

const INTERRUPTED = 130;

/** Milliseconds within which two signals are one: npm and npx pass on what the terminal has sent already. */
const ECHO_MS = 50;

/** How long a thread may take to end. A program that it waits for, as execFileSync does, would hold up process.exit(). */
const END_MS = 2000;

/** Interrupts the thread at the first signal and ends the process at a further one. Returns a function that stops listening. */
export function onSignals(thread: Pick<Thread<unknown>, 'interrupt' | 'terminate'>): () => void {
  let first: number | undefined;
  const begin = (): void => {
    if (first !== undefined) return;
    first = performance.now();
    thread.interrupt();
  };
  let leaving = false;
  const again = (): void => {
    if (first === undefined) begin();
    else if (!leaving && performance.now() - first > ECHO_MS) leave();
  };
  const leave = (): void => {
    leaving = true;
    thread.terminate(() => process.exit(INTERRUPTED));
    setTimeout(() => {
      // Nobody listens any more: the signal ends the process, which a shell too reports as 130.
      release();
      process.kill(process.pid, 'SIGINT');
    }, END_MS);
  };
  const handlers = {
    SIGINT: again,
    SIGTERM: again,
    // A closing terminal may send several. Under nohup it is ignored, which Node has undone.
    SIGHUP: underNohup() ? () => undefined : begin,
  } as const;
  const signals = Object.entries(handlers);
  for (const [signal, handler] of signals) process.on(signal, handler);
  const release = (): void => {
    for (const [signal, handler] of signals) process.off(signal, handler);
  };
  return release;
}

/**
 * Whether nohup started this process, by its traces: the variable `_` of the shell that ran it, standard output in
 * nohup.out, or standard input open for writing only.
 */
export function underNohup(): boolean {
  return TRACES.some((trace) => {
    try {
      return trace();
    } catch {
      return false; // what is not there, or may not be read, is no trace
    }
  });
}

/** O_ACCMODE */
const ACCESS_MODE = 3;

const TRACES: readonly (() => boolean)[] = [
  () => path.basename(process.env['_'] ?? '') === 'nohup',
  () => isOutput('nohup.out'),
  () => isOutput(path.join(homedir(), 'nohup.out')),
  () => {
    const [, octal = '0'] = /^flags:\s+([0-7]+)$/m.exec(fs.readFileSync('/proc/self/fdinfo/0', 'utf8')) ?? [];
    return (parseInt(octal, 8) & ACCESS_MODE) === fs.constants.O_WRONLY;
  },
];

/** Whether standard output is this file. */
function isOutput(file: string): boolean {
  const [named, open] = [fs.statSync(file), fs.fstatSync(1)];
  return open.ino === named.ino && open.dev === named.dev;
}
