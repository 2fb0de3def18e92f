/** `maddpg sweep work`: takes trials from a queue and trains them, each in a process of its own, in a scratch folder. */
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { WaitingError, type Job } from 'bullmq';
import { checkpointsOf, readPointer } from '../../checkpoint/layout.ts';
import type { RunFiles } from '../../run/archive.ts';
import { listRuns } from '../../run/list.ts';
import { readLiveRun, readRun } from '../../run/run-files.ts';
import { WorkerPool, type WorkerOutcome, type WorkerProgress, type WorkerTask } from '../worker-pool.ts';
import { pack, unpack } from './archive.ts';
import type { QueueConnection } from './connection.ts';
import { fetchParcel, parcelFor, removeParcel, storeParcel, type Parcel } from './parcels.ts';
import type { TrialData, TrialResult } from './trial-job.ts';

export interface WorkOptions {
  /** What a process that trains runs, compiled. */
  readonly workerFile: URL;
  /** Trials at once. */
  readonly workers: number;
  /** Seconds of silence after which a trial goes to another machine. */
  readonly lease: number;
  /** Least seconds between checkpoints that are sent back. */
  readonly every: number;
  /** Seconds without a trial after which to leave. */
  readonly patience: number;
  /** Aborted: gives all trials back and leaves. */
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/** Folder of run directories, below a trial's own. */
const TRIALS = 'trials';

type TrialJob = Job<TrialData, TrialResult>;

/** PostgreSQL's largest integer. */
const MOST_STALLS = 2 ** 31 - 1;
/** Milliseconds between looks at checkpoints and at the queue. */
const LOOK_MS = 250;
/** Milliseconds for which a queue must be empty: its server sends a trial's next part once the last has come back. */
const DRAINED_MS = 2000;
/** Milliseconds between reports of progress. */
const PROGRESS_MS = 1000;

/** Works until the queue is drained, idle for too long, or the signal aborts. Resolves with the trials done here. */
export async function work(queue: QueueConnection, options: WorkOptions): Promise<number> {
  const { workers, lease, patience, signal, note } = options;
  const scratch = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-work-'));
  const trainings = new Map<string, QueueTraining>();
  let done = 0;
  let idleSince = Date.now();
  const worker = queue.worker(
    async (job, token = '') => {
      const training = new QueueTraining(queue, job, token, scratch, options);
      trainings.set(job.id!, training);
      try {
        note(`${job.data.name}: ${job.data.saved ? 'resumes' : 'starts'}`);
        const result = await training.run();
        done += 1;
        note(`${job.data.name}: ${'problem' in result.outcome ? result.outcome.problem : 'done'}`);
        return result;
      } finally {
        trainings.delete(job.id!);
        idleSince = Date.now();
      }
    },
    {
      name: hostname(),
      concurrency: workers,
      lockDuration: lease * 1000,
      stalledInterval: lease * 500,
      // Machines come and go; a trial may lose any number of them.
      maxStalledCount: MOST_STALLS,
      drainDelay: 1,
    },
  );
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) trainings.get(id)?.lose();
  });
  const giveBack = (): void => {
    for (const training of trainings.values()) training.giveBack();
  };
  signal.addEventListener('abort', giveBack);
  try {
    let met = false;
    let drainedSince = Infinity;
    while (await passes(LOOK_MS, signal)) {
      met ||= trainings.size > 0;
      const drained = trainings.size === 0 && met && (await isDrained(queue, note));
      drainedSince = drained ? Math.min(drainedSince, Date.now()) : Infinity;
      const idle = trainings.size === 0 && Date.now() - idleSince > patience * 1000;
      if (idle || Date.now() - drainedSince > DRAINED_MS) break;
    }
  } finally {
    signal.removeEventListener('abort', giveBack);
    const closing = worker.close();
    giveBack(); // of a trial that came meanwhile
    await closing;
    fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  return done;
}

/**
 * Whether nothing is left: neither to train, nor in training elsewhere, nor waiting for its server, which may want more. A
 * queue that does not answer may hold trials.
 */
async function isDrained({ trials }: QueueConnection, note: (line: string) => void): Promise<boolean> {
  try {
    const counts = await trials.getJobCounts('waiting', 'active', 'delayed', 'prioritized', 'completed');
    return Object.values(counts).every((count) => count === 0);
  } catch (error) {
    note(`queue: ${(error as Error).message}; trying again`);
    return false;
  }
}

/** One trial while it is trained here. */
class QueueTraining {
  readonly #queue: QueueConnection;
  readonly #job: TrialJob;
  readonly #token: string;
  readonly #dir: string;
  readonly #run: string;
  readonly #options: WorkOptions;
  readonly #pool: WorkerPool;
  #lost = false;
  #givingBack = false;

  constructor(queue: QueueConnection, job: TrialJob, token: string, scratch: string, options: WorkOptions) {
    this.#queue = queue;
    this.#job = job;
    this.#token = token;
    this.#dir = fs.mkdtempSync(path.join(scratch, 'trial-'));
    this.#run = path.join(this.#dir, TRIALS, job.data.name);
    this.#options = options;
    this.#pool = new WorkerPool(options.workerFile, this.#dir);
  }

  /** Trains to the end. Throws WaitingError once the trial is given back, another error if it was lost. */
  async run(): Promise<TrialResult> {
    try {
      await this.#fetch();
      // lose() had no process to end yet.
      if (this.#lost) throw new LostTrial(this.#job.data.name);
      const task = this.#task();
      const sending = new AbortController();
      const sent = this.#sendCheckpoints(this.#newest(), sending.signal);
      const training = this.#pool.run(task, { onProgress: this.#reporter() });
      if (this.#givingBack) this.#pool.interrupt();
      let outcome: WorkerOutcome;
      try {
        outcome = await training;
      } finally {
        sending.abort();
        await sent;
      }
      return await this.#end(outcome);
    } finally {
      this.#pool.close();
      fs.rmSync(this.#dir, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  /** Saves, and lets another machine go on. */
  giveBack(): void {
    this.#givingBack = true;
    this.#pool.interrupt();
  }

  /** Another machine has the trial: ends it here. */
  lose(): void {
    this.#lost = true;
    this.#pool.close();
  }

  async #end(outcome: WorkerOutcome): Promise<TrialResult> {
    const { name } = this.#job.data;
    if (this.#lost) throw new LostTrial(name);
    const run = fs.existsSync(this.#run) ? await this.#send(readRun(this.#run)) : null;
    if (outcome.kind !== 'interrupted') return { outcome, run };
    await this.#job.moveToWait(this.#token);
    throw new WaitingError(`${name}: given back`);
  }

  /** Writes the configurations and the run so far. */
  async #fetch(): Promise<void> {
    const { configs, pending, saved } = this.#job.data;
    fs.mkdirSync(path.join(this.#dir, 'configs'));
    fs.mkdirSync(path.dirname(this.#run));
    for (const [k, text] of configs.entries()) fs.writeFileSync(this.#config(k), text);
    await removeParcel(this.#queue.parts, pending);
    if (saved === null) return;
    const archive = await fetchParcel(this.#queue.parts, saved);
    if (archive === undefined) throw new Error(`${this.#job.data.name}: its checkpoint is gone`);
    await unpack(archive, this.#run);
  }

  /** File of the k-th configuration. */
  #config(k: number): string {
    return path.join(this.#dir, 'configs', `${k + 1}.yaml`);
  }

  #task(): WorkerTask {
    const { name, configs, sets, until, evaluate } = this.#job.data;
    return {
      // Relative: the run's configuration has its place, and must be the same on every machine.
      run: path.join(TRIALS, name),
      from: this.#from(),
      configs: configs.map((_, k) => this.#config(k)),
      sets,
      ...(until !== undefined && { until }),
      ...(evaluate !== undefined && { evaluate }),
    };
  }

  #from(): WorkerTask['from'] {
    if (!fs.existsSync(this.#run)) return 'new';
    const [found] = listRuns([this.#run]).runs;
    if (found?.state === 'finished') return 'end';
    if (readPointer(checkpointsOf(this.#run), 'latest') !== null) return 'checkpoint';
    fs.rmSync(this.#run, { recursive: true });
    return 'new';
  }

  /** Reports progress at most once a second. */
  #reporter(): (progress: WorkerProgress) => void {
    let last = 0;
    return (progress) => {
      if (Date.now() - last < PROGRESS_MS) return;
      last = Date.now();
      // The next one makes up for one that is lost.
      this.#job.updateProgress({ ...progress }).catch(() => undefined);
    };
  }

  /** Sends checkpoints newer than `last` back now and then, until the signal aborts. Never rejects: training goes on. */
  async #sendCheckpoints(last: string | null, signal: AbortSignal): Promise<void> {
    const { every, note } = this.#options;
    const { name } = this.#job.data;
    let next = Date.now() + every * 1000;
    while (await passes(LOOK_MS, signal)) {
      if (Date.now() < next) continue;
      try {
        const newest = this.#newest();
        if (newest === null || newest === last) continue;
        const files = readLiveRun(this.#run);
        if (files === undefined) continue;
        last = newest;
        await this.#send(files);
        note(`${name}: sent ${newest}`);
      } catch (error) {
        if (error instanceof LostTrial) return;
        note(`${name}: ${(error as Error).message}; will send the next checkpoint`);
      }
      next = Date.now() + every * 1000;
    }
  }

  #newest(): string | null {
    return readPointer(checkpointsOf(this.#run), 'latest');
  }

  /** Sends the run and makes it the trial's; what it replaces is removed. Does nothing to a trial that is lost. */
  async #send(files: RunFiles): Promise<Parcel> {
    const archive = await pack(files);
    const parcel = parcelFor(archive);
    const { saved } = this.#job.data;
    await this.#update({ pending: parcel });
    await storeParcel(this.#queue.parts, parcel, archive);
    await this.#update({ saved: parcel, pending: null });
    await removeParcel(this.#queue.parts, saved);
    return parcel;
  }

  async #update(change: Partial<TrialData>): Promise<void> {
    const held = await this.#job.extendLock(this.#token, this.#options.lease * 1000);
    if (held !== 1) {
      this.lose();
      throw new LostTrial(this.#job.data.name);
    }
    await this.#job.updateData({ ...this.#job.data, ...change });
  }
}

class LostTrial extends Error {
  constructor(name: string) {
    super(`${name}: another machine has taken it over`);
  }
}

/** Waits; false if the signal aborts before. */
async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(ms, undefined, { signal });
    return true;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    return false;
  }
}
