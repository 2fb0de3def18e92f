/**
 * A pool of workers on other machines, behind a queue: takes tasks as WorkerPool does, sends them as jobs and writes the run
 * directories that come back. A trial that was trained twice is written once: the first that finishes wins, and the bytes
 * are the same.
 */
import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import * as path from 'node:path';
import type { Job } from 'bullmq';
import { rename } from '../../core/rename.ts';
import { UserError } from '../../core/user-error.ts';
import { writerOf } from '../../run/lock.ts';
import { readRun } from '../../run/run-files.ts';
import { trialsFolder } from '../sweep-dir.ts';
import type {
  TrialPool,
  WorkerListeners,
  WorkerOutcome,
  WorkerProgress,
  WorkerTask,
} from '../worker-pool.ts';
import { pack, unpack } from './archive.ts';
import type { QueueConnection } from './connection.ts';
import { fetchParcel, parcelFor, removeParcel, storeParcel, type Parcel } from './parcels.ts';
import type { TrialData, TrialResult } from './trial-job.ts';

/** Its value is null until a worker has done its work. */
type TrialJob = Job<TrialData, TrialResult | null>;

/** A task that is with the queue. */
interface Sent {
  readonly task: WorkerTask;
  readonly listeners: WorkerListeners;
  readonly settle: (outcome: WorkerOutcome) => void;
}

/** Milliseconds between looks at what has come back. */
const LOOK_MS = 500;

/** Run directories that are being written. */
const INCOMING = '.incoming-';

export class QueuePool implements TrialPool {
  readonly #queue: QueueConnection;
  readonly #sweep: string;
  readonly #sent = new Map<string, Sent>();
  readonly #note: (line: string) => void;
  #closed = false;
  #looking: Promise<void>;

  /** A pool for the sweep in `dir`. `note` gets a line for what goes wrong and is tried again. */
  constructor(queue: QueueConnection, dir: string, note: (line: string) => void) {
    this.#queue = queue;
    this.#sweep = sweepId(dir);
    this.#note = note;
    for (const name of fs.readdirSync(trialsFolder(dir)))
      if (name.startsWith(INCOMING))
        fs.rmSync(path.join(trialsFolder(dir), name), { recursive: true, force: true });
    this.#looking = this.#look();
  }

  /** Sends a task; resolves once it has come back. */
  async run(task: WorkerTask, listeners: WorkerListeners = {}): Promise<WorkerOutcome> {
    const name = path.basename(task.run);
    const id = [this.#sweep, name, task.until ?? 'end'].join('-');
    const ended = new Promise<WorkerOutcome>((settle) => this.#sent.set(id, { task, listeners, settle }));
    // One that an earlier server has sent may have come further.
    if (!(await this.#queue.trials.getJob(id))) {
      const data: TrialData = {
        sweep: this.#sweep,
        name,
        configs: task.configs.map((file) => fs.readFileSync(file, 'utf8')),
        sets: task.sets,
        ...(task.until !== undefined && { until: task.until }),
        ...(task.evaluate !== undefined && { evaluate: task.evaluate }),
        saved: task.from === 'new' ? null : await this.#store(task.run),
        pending: null,
      };
      await this.#queue.trials.add('trial', data, { jobId: id });
    }
    return ended;
  }

  /** Waits no longer: what is with the queue stays there, for the next server. */
  interrupt(): void {
    for (const { settle } of this.#sent.values()) settle({ kind: 'interrupted' });
    this.#sent.clear();
  }

  /** Stops looking; `done`: the sweep is over, and what is left of it in the queue is removed. */
  async close(done: boolean): Promise<void> {
    this.#closed = true;
    await this.#looking;
    if (!done) return;
    const jobs = await this.#queue.trials.getJobs(['completed', 'failed', 'waiting', 'delayed']);
    for (const job of jobs as TrialJob[]) if (job.data.sweep === this.#sweep) await this.#remove(job);
  }

  async #look(): Promise<void> {
    while (!this.#closed) {
      await this.#attempt(async () => {
        const back = (await this.#queue.trials.getJobs(['completed', 'failed'])) as TrialJob[];
        // Separately: a failing job must not hold up the others.
        for (const job of back) await this.#attempt(() => this.#collect(job));
        const active = (await this.#queue.trials.getJobs(['active'])) as TrialJob[];
        for (const { id, progress } of active)
          if (typeof progress === 'object')
            this.#sent.get(id!)?.listeners.onProgress?.(progress as WorkerProgress);
      });
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Notes an error: the next look tries again. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#note(`queue: ${(error as Error).message}; trying again`);
    }
  }

  /** Writes what has come back, and only then removes it from the queue. */
  async #collect(job: TrialJob): Promise<void> {
    const sent = this.#sent.get(job.id!);
    if (!sent) return;
    const outcome = await this.#receive(resultOf(job), sent.task.run);
    this.#sent.delete(job.id!);
    // A trial may be sent again, as a job of the same name: let this one be gone by then.
    await this.#remove(job);
    sent.settle(outcome);
  }

  /** Writes the run. If it is incomplete or damaged, the trial's worker counts as dead: a retry would bring the same. */
  async #receive({ outcome, run: parcel }: TrialResult, run: string): Promise<WorkerOutcome> {
    if (parcel === null) return outcome;
    try {
      const archive = await fetchParcel(this.#queue.parts, parcel);
      if (archive !== undefined) await this.#write(archive, run);
      else if (outcome.kind === 'done')
        throw new UserError(`queue: expected the run of ${path.basename(run)}, got only parts of it`);
      return outcome;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { kind: 'died', problem: error.message };
    }
  }

  /** Replaces a run directory in one step, unless a process here trains it. */
  async #write(archive: Uint8Array, run: string): Promise<void> {
    if (writerOf(run) !== undefined) return;
    const incoming = path.join(path.dirname(run), `${INCOMING}${randomUUID()}`);
    try {
      await unpack(archive, incoming);
    } catch (error) {
      // Every try takes a folder of its own: on a full disk, half of one must not stay.
      fs.rmSync(incoming, { recursive: true, force: true });
      throw error;
    }
    const outdated = `${incoming}-outdated`;
    if (fs.existsSync(run)) rename(run, outdated);
    rename(incoming, run);
    fs.rmSync(outdated, { recursive: true, force: true });
  }

  async #store(run: string): Promise<Parcel> {
    const archive = await pack(readRun(run));
    const parcel = parcelFor(archive);
    await storeParcel(this.#queue.parts, parcel, archive);
    return parcel;
  }

  async #remove(job: TrialJob): Promise<void> {
    const { saved, pending } = job.data;
    const { run } = resultOf(job);
    await job.remove();
    for (const parcel of [saved, pending, run]) await removeParcel(this.#queue.parts, parcel);
  }
}

function resultOf({ returnvalue, failedReason: problem, data }: TrialJob): TrialResult {
  // What BullMQ calls failed is a worker that could not do its work, and has no value.
  const failed: TrialResult = { outcome: { kind: 'died', problem }, run: data.saved };
  return returnvalue ?? failed;
}

/** Tells sweeps of one queue apart: by machine and folder. */
function sweepId(dir: string): string {
  return createHash('sha256')
    .update(`${hostname()}\n${fs.realpathSync(dir)}`)
    .digest('hex')
    .slice(0, 12);
}
