/** Opens a queue: BullMQ on Redis or PostgreSQL, loaded only here, since most users have neither. */
import type { ConnectionOptions, Processor, Queue, Worker, WorkerOptions } from 'bullmq';
import { UserError } from '../../core/user-error.ts';
import { withoutPassword, type QueueAddress } from './address.ts';
import type { PartQueue } from './parcels.ts';
import type { TrialData, TrialResult } from './trial-job.ts';

export type TrialQueue = Queue<TrialData, TrialResult>;
export type TrialWorker = Worker<TrialData, TrialResult>;

export interface QueueConnection {
  readonly trials: TrialQueue;
  readonly parts: PartQueue;
  /** A worker on the trials that does not run yet; close it before the connection. */
  worker(
    processor: Processor<TrialData, TrialResult>,
    options: Omit<WorkerOptions, 'connection'>,
  ): TrialWorker;
  close(): Promise<void>;
}

const NAMES = { trials: 'maddpg-trials', parts: 'maddpg-parts' };
/** Package of the driver that BullMQ wants. */
const DRIVERS = { redis: 'ioredis', postgres: 'pg' };
/** Milliseconds within which a server must answer at first; later, connections are mended for as long as it takes. */
const ANSWERS_MS = 10_000;

/** Connects. `note` gets a line for every fault of the connection from then on. Throws UserError if nobody answers. */
export async function connectQueue(
  address: QueueAddress,
  note: (line: string) => void,
): Promise<QueueConnection> {
  const { Queue, Worker, createPostgresBackend, setDefaultBackendFactory } = await loadBullMq(address);
  if (address.store === 'postgres') setDefaultBackendFactory(createPostgresBackend);
  const connection = connectionOf(address);
  const trials: TrialQueue = new Queue(NAMES.trials, { connection });
  const parts: PartQueue = new Queue(NAMES.parts, { connection });
  const close = async (): Promise<void> => {
    await Promise.all([trials.close(), parts.close()]);
  };
  const faultsOf = (source: NodeJS.EventEmitter): void => {
    source.on('error', (error: Error) => {
      note(`queue ${address.shown}: ${reasonOf(error, address)}`);
    });
  };
  try {
    await answered([trials, parts]);
  } catch (error) {
    for (const queue of [trials, parts]) queue.on('error', () => undefined);
    void close().catch(() => undefined); // it never opened
    throw new UserError(
      `--queue: expected a server that answers at ${address.shown}, got ${reasonOf(error, address)}; ` +
        'start it, or name another',
      { exitCode: 1 },
    );
  }
  for (const queue of [trials, parts]) faultsOf(queue);
  return {
    trials,
    parts,
    worker: (processor, options) => {
      const worker: TrialWorker = new Worker(NAMES.trials, processor, { ...options, connection });
      faultsOf(worker);
      return worker;
    },
    close,
  };
}

function connectionOf({ store, url }: QueueAddress): ConnectionOptions {
  if (store === 'redis') return { url };
  // BullMQ's default types are those of Redis. `migrate`: makes its tables, in the schema bullmq.
  return { connectionString: url, migrate: true };
}

async function loadBullMq({ store }: QueueAddress): Promise<typeof import('bullmq')> {
  const driver = DRIVERS[store];
  try {
    const [bullmq] = await Promise.all([import('bullmq'), import(driver)]);
    return bullmq;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UserError(
      `--queue: expected the packages bullmq and ${driver}, got none; npm install bullmq ${driver}`,
      { cause: error },
    );
  }
}

/** Resolves once all are ready; rejects at the first error, or if they take too long. */
async function answered(queues: readonly (TrialQueue | PartQueue)[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    for (const queue of queues) queue.once('error', reject);
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${ANSWERS_MS / 1000} s`));
    }, ANSWERS_MS);
  });
  try {
    await Promise.race([Promise.all(queues.map((queue) => queue.waitUntilReady())), failed]);
  } finally {
    clearTimeout(timer);
    failed.catch(() => undefined); // nobody waits for it any more
  }
}

/** What a driver says, without secrets. */
function reasonOf(error: unknown, address: QueueAddress): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return withoutPassword(message === '' ? String(code) : message, address);
}
