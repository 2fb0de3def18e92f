/** A queue in memory: what QueuePool and work() use of BullMQ, without a server. */
import { EventEmitter } from 'node:events';
import type { QueueConnection } from '../../src/sweep/queue/connection.ts';
import { parcelFor, storeParcel, type Parcel } from '../../src/sweep/queue/parcels.ts';
import type { TrialData, TrialResult } from '../../src/sweep/queue/trial-job.ts';

/** A trial that a worker has to train, or has trained: then `returnvalue` is its result. */
export class FakeJob {
  readonly id: string;
  data: TrialData;
  returnvalue: TrialResult | null = null;
  readonly failedReason = '';
  readonly progress = 0;
  readonly #jobs: Map<string, FakeJob>;

  constructor(id: string, data: TrialData, jobs: Map<string, FakeJob>) {
    this.id = id;
    this.data = data;
    this.#jobs = jobs;
    jobs.set(id, this);
  }

  remove(): Promise<void> {
    this.#jobs.delete(this.id);
    return Promise.resolve();
  }

  extendLock(): Promise<number> {
    return Promise.resolve(1);
  }

  updateData(data: TrialData): Promise<void> {
    this.data = data;
    return Promise.resolve();
  }

  updateProgress(): Promise<void> {
    return Promise.resolve();
  }
}

type Processor = (job: FakeJob, token: string) => Promise<TrialResult>;

export class FakeQueue {
  readonly jobs = new Map<string, FakeJob>();
  /** The parts of parcels, in base 64. */
  readonly parts = new Map<string, string>();
  readonly worker = Object.assign(new EventEmitter(), { closed: false });
  /** Called before a part is read or removed, and before jobs are counted. */
  beforePart: (id: string) => Promise<void> = () => Promise.resolve();
  beforeCount: () => Promise<void> = () => Promise.resolve();
  /** Trains a job, as a worker that has taken it does. */
  train: Processor = () => Promise.reject(new Error('expected a worker, got none'));

  readonly connection = {
    trials: {
      add: (_: string, data: TrialData, { jobId }: { readonly jobId: string }) =>
        Promise.resolve(new FakeJob(jobId, data, this.jobs)),
      getJob: (id: string) => Promise.resolve(this.jobs.get(id)),
      getJobs: ([type]: readonly string[]) =>
        Promise.resolve(
          [...this.jobs.values()].filter(({ returnvalue }) => type === 'completed' && returnvalue !== null),
        ),
      getJobCounts: async () => {
        await this.beforeCount();
        return { waiting: 0 };
      },
    },
    parts: {
      add: (_: string, { base64 }: { readonly base64: string }, { jobId }: { readonly jobId: string }) => {
        this.parts.set(jobId, base64);
        return Promise.resolve();
      },
      getJob: async (id: string) => {
        await this.beforePart(id);
        const base64 = this.parts.get(id);
        return base64 === undefined ? undefined : { data: { base64 } };
      },
      remove: async (id: string) => {
        await this.beforePart(id);
        this.parts.delete(id);
      },
    },
    worker: (train: Processor) => {
      this.train = train;
      return Object.assign(this.worker, {
        close: () => {
          this.worker.closed = true;
          return Promise.resolve();
        },
      });
    },
  } as unknown as QueueConnection;

  async store(file: Buffer): Promise<Parcel> {
    const parcel = parcelFor(file);
    await storeParcel(this.connection.parts, parcel, file);
    return parcel;
  }
}
