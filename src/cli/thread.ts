/**
 * Runs the work of a subcommand in a thread of its own (worker.ts), so that whatever an environment does, this thread hears
 * signals, prints and decides the exit code.
 */
import { createInterface } from 'node:readline';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { UserError } from '../core/user-error.ts';

/** What work can do besides returning a result. */
export interface WorkContext<News> {
  /** Aborted by Thread.interrupt(). */
  readonly signal: AbortSignal;
  readonly tell: (news: News) => void;
}

/** The work of a subcommand. Options, news and result are plain data: they pass between threads. */
export type Work<Options = never, News = unknown, Result = unknown> = (
  options: Options,
  context: WorkContext<News>,
) => Promise<Result>;

/** The subcommands that run environments. */
export type WorkName = 'train' | 'eval' | 'eval --cross' | 'replay' | 'config check' | 'envs check';

/** What the thread is started with. */
export interface WorkStart {
  readonly name: WorkName;
  readonly options: unknown;
}

/** How work ended. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly faults: readonly string[]; readonly exitCode: number }
  | { readonly error: { readonly message: string; readonly stack: string | undefined } };

export type Message = { readonly news: unknown } | { readonly outcome: Outcome };

export interface Listeners<News> {
  readonly onNews: (news: News) => void;
  /** Called with each line that an environment prints. */
  readonly onPrint: (line: string) => void;
}

export interface Thread<Result> {
  /** Settles once the thread has ended and all that it printed has been passed on. Rejects with what the work threw. */
  readonly result: Promise<Result>;
  /** Aborts the work's signal. */
  interrupt(): void;
  /** Ends the thread wherever it is, then calls `then`, before anything else hears of the end. */
  terminate(then: () => void): void;
}

/** The compiled file: Node 20 starts no worker from TypeScript. */
const WORKER = new URL('../../dist/cli/worker.js', import.meta.url);

/** Starts the work of a subcommand; W is the type of the function in worker.ts. */
export function startWork<W extends Work>(
  name: WorkName,
  options: Parameters<W>[0],
  listeners: Listeners<W extends Work<never, infer News> ? News : never>,
): Thread<Awaited<ReturnType<W>>> {
  const worker = new Worker(WORKER, {
    workerData: { name, options } satisfies WorkStart,
    env: SHARE_ENV, // native libraries read the process's own
    stdout: true,
    stderr: true,
  });
  return {
    result: resultOf(worker, listeners as Listeners<unknown>) as Promise<Awaited<ReturnType<W>>>,
    interrupt: () => {
      worker.postMessage('interrupt');
    },
    terminate: (then) => {
      worker.prependOnceListener('exit', then);
      void worker.terminate();
    },
  };
}

/** The result of work that tells nothing on its way, a text; what an environment prints goes to standard error. */
export function startPrinting<W extends Work<never, unknown, string>>(
  name: WorkName,
  options: Parameters<W>[0],
): ReturnType<typeof startWork<W>> {
  const onPrint = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  return startWork<W>(name, options, { onNews: () => undefined, onPrint });
}

async function resultOf(worker: Worker, { onNews, onPrint }: Listeners<unknown>): Promise<unknown> {
  let outcome: Outcome | undefined;
  worker.on('message', (message: Message) => {
    if ('news' in message) onNews(message.news);
    else outcome = message.outcome;
  });
  worker.on('error', (error) => {
    outcome = outcomeOf(error);
  });
  const printed = [worker.stdout, worker.stderr].map((input) => {
    const lines = createInterface({ input }).on('line', onPrint);
    return new Promise((resolve) => lines.on('close', resolve));
  });
  const code = await new Promise<number>((resolve) => worker.on('exit', resolve));
  await Promise.all(printed);
  outcome ??= outcomeOf(endedEarly(code));
  if ('result' in outcome) return outcome.result;
  if ('faults' in outcome) throw new UserError(outcome.faults, { exitCode: outcome.exitCode });
  throw Object.assign(new Error(outcome.error.message), { stack: outcome.error.stack });
}

/** The outcome of work that threw. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof UserError) return { faults: error.faults, exitCode: error.exitCode };
  if (!(error instanceof Error)) return { error: { message: String(error), stack: undefined } };
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return outcomeOf(outOfMemory());
  return { error: { message: error.message, stack: error.stack } };
}

function outOfMemory(): UserError {
  return new UserError(
    'memory: expected room in the JavaScript heap, got a full one; look for leaks in the ' +
      'environment, lower parallels, or raise the limit (in MB): NODE_OPTIONS=--max-old-space-size=8192',
    { exitCode: 1 },
  );
}

/** Node's exit code where the event loop is empty while a module still awaits something. */
const UNSETTLED = 13;

function endedEarly(code: number): UserError {
  const why = code === UNSETTLED ? 'a promise that never settles' : `exit code ${code}`;
  return new UserError(
    `environment: expected the program to keep running, got ${why}; check the module, its reset() and step()`,
    { exitCode: 1 },
  );
}
