/**
 * The work of `maddpg serve`: reads a request per line from standard input and writes an answer per line to standard output,
 * in order, until the input ends or a signal comes. docs/serve.md describes the lines; answers.ts makes them.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { UserError } from '../core/user-error.ts';
import { loadPolicy } from '../run/load-policy.ts';
import { answer, announcement } from './answers.ts';
import type { ServeOptions } from './serve.ts';

const INTERRUPTED = 130;

export async function serve(target: string, { best = false }: ServeOptions): Promise<void> {
  const policy = await loadPolicy(target, { best });
  await print(announcement(policy));
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  const end: { interrupted?: boolean } = {};
  const interrupt = (): void => {
    end.interrupted = true;
    lines.close();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    for await (const line of lines) {
      if (end.interrupted) break;
      await print(answer(policy, line));
    }
  } catch (error) {
    throw readFault(error);
  } finally {
    policy.dispose();
    // An open pipe would keep the process alive.
    process.stdin.destroy();
  }
  if (end.interrupted) process.exitCode = INTERRUPTED;
}

/** What to throw where standard input failed. */
function readFault(error: unknown): unknown {
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall !== 'read') return error;
  return new UserError(`standard input: expected lines to read, got ${String(code)}`, { exitCode: 1 });
}

/** Waits until the reader takes it. */
async function print(value: unknown): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(value)}\n`)) await once(process.stdout, 'drain');
}
