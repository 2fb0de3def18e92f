/**
 * The thread in which a subcommand's work runs, with the user's environments. thread.ts starts it. Here an environment
 * cannot end the program unnoticed: process.exit() throws, and what a timer or a promise throws ends the work.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { nextTurn } from '../core/next-turn.ts';
import { UserError } from '../core/user-error.ts';
import { thrown, thrownIn } from '../envs/custom/thrown.ts';
import { cacheCompiledCode } from './compile-cache.ts';
import { outcomeOf, type Message, type Outcome, type Work, type WorkName, type WorkStart } from './thread.ts';

const WORK: Readonly<Record<WorkName, () => Promise<Work>>> = {
  train: async () => (await import('./training.ts')).training,
  eval: async () => (await import('./evaluation.ts')).evaluation,
  'eval --cross': async () => (await import('./crossing.ts')).crossing,
  replay: async () => (await import('./replaying.ts')).replaying,
  'config check': async () => (await import('./configurations.ts')).configCheck,
  'envs check': async () => (await import('./environments.ts')).environmentCheck,
};

cacheCompiledCode();

const port = parentPort!;
const { name, options } = workerData as WorkStart;
const controller = new AbortController();
port.on('message', () => {
  controller.abort();
});
// Listening alone must not keep the thread alive.
port.unref();

const exit = process.exit.bind(process);
process.exit = refuseExit;

function refuseExit(code?: number | string | null): never {
  const error = new Error(`expected it to return, got process.exit(${code ?? ''})`);
  Error.captureStackTrace(error, refuseExit); // the position is that of the call
  throw error;
}

let failure: { readonly error: unknown } | undefined;
process.on('uncaughtException', (error, origin) => {
  failure ??= { error: inBackground(error, origin) };
  controller.abort(failure.error);
});

/** What a timer, callback or promise threw; in the user's code it is the user's to mend. */
function inBackground(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): unknown {
  if (error instanceof Error && thrownIn(error) === undefined) return error;
  const what = origin === 'unhandledRejection' ? 'an unhandled rejection' : 'an error in a timer or callback';
  return new UserError(
    `environment: expected errors in reset() and step() only, got ${what}: ${thrown(error)}`,
    { exitCode: 1 },
  );
}

async function outcome(): Promise<Outcome> {
  try {
    const work = (await WORK[name]()) as Work<unknown>;
    const result = await work(options, {
      signal: controller.signal,
      tell: (news) => {
        send({ news });
      },
    });
    await nextTurn(); // by then a rejection in the last step is known
    return failure ? outcomeOf(failure.error) : { result };
  } catch (error) {
    return outcomeOf(error);
  }
}

function send(message: Message): void {
  port.postMessage(message);
}

const ended = await outcome();
// An environment's last prints go first.
for (const stream of [process.stdout, process.stderr])
  await new Promise<unknown>((resolve) => stream.write('', resolve));
send({ outcome: ended });
// Timers or sockets of an environment may still be open.
exit(0);
