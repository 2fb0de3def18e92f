/** Runs commands of a sweep side by side and kills their processes at random, starting again what was killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FastStream } from '../../src/core/random.ts';

const BIN = fileURLToPath(new URL('../../bin/maddpg.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();

/** Ends what a failed test has left. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
process.once('exit', killAll);

/** Starts `maddpg <args>` in a folder. */
export function start(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, ...output });
    });
  });
  return { child, ended };
}

/** A command that is started again until it has done its work. */
export interface Worker {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it has, by how it ended. */
  readonly isDone: (ended: Ended) => boolean;
}

/**
 * Runs the workers in `cwd` until all have done their work, and kills so many processes of theirs on the way: a command
 * or a process that it has started. Resolves with the number of kills. Rejects once a worker was started far more often
 * than it was killed.
 */
export async function killAtRandom(
  cwd: string,
  workers: readonly Worker[],
  kills: number,
  random: FastStream,
): Promise<number> {
  const alive = new Set<ChildProcess>();
  let made = 0;
  const keep = async ({ args, env, isDone }: Worker): Promise<void> => {
    let last = '';
    for (let starts = 0; starts < 2 * kills + 20; starts++) {
      const { child, ended } = start(cwd, args, env);
      alive.add(child);
      const how = await ended;
      alive.delete(child);
      if (isDone(how)) return;
      last = `${how.code}: ${how.stderr}${how.stdout}`;
    }
    throw new Error(`expected '${args.join(' ')}' to finish, got exit code ${last}`);
  };
  const all = Promise.all(workers.map(keep));
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  all.then(end, end);
  while (made < kills && !over.signal.aborted) {
    await wait(100 + random.below(900));
    const pids = [...alive].flatMap(({ pid }) => [pid!, ...childrenOf(pid!)]);
    const pid = pids[random.below(Math.max(1, pids.length))];
    if (pid === undefined || !killed(pid)) continue;
    made += 1;
  }
  await all;
  return made;
}

/** Linux: /proc. */
function childrenOf(pid: number): number[] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return []; // it has just ended
  }
}

/** Whether there was a process to kill. */
function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}
