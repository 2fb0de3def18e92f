/** Training: the page's side of a worker that trains one configuration. */
import type { Config, MetricRecord } from '../src/browser.ts';
import { KERNELS, startWorker } from './assets.ts';
import type { Order, Report, Weights } from './protocol.ts';

export type Standing = 'starting' | 'running' | 'paused' | 'ended' | 'failed';

export interface TrainingListeners {
  /** Something to show has changed. */
  readonly changed: () => void;
  readonly weights: (weights: Weights, step: number) => void;
}

/** Milliseconds over which speed is measured. */
const WINDOW_MS = 2000;

export class Training {
  readonly config: Config;
  standing: Standing = 'starting';
  step = 0;
  engine = '';
  threads = 1;
  /** Why it is slow, if it is. */
  notice: string | null = null;
  /** Whether it could go on after its end. */
  canGoOn = true;
  readonly records: MetricRecord[] = [];
  readonly warnings: string[] = [];
  faults: readonly string[] = [];
  readonly #worker = startWorker();
  readonly #listeners: TrainingListeners;
  readonly #marks: { readonly at: number; readonly step: number }[] = [];
  readonly #tickets = new Map<number, (bytes?: Uint8Array) => void>();
  #ticket = 0;
  /** Whether the worker has failed or was disposed of. */
  #gone = false;

  constructor(
    config: Config,
    { run, paused, pace }: { run?: Uint8Array | undefined; paused: boolean; pace: number },
    listeners: TrainingListeners,
  ) {
    this.config = config;
    this.#listeners = listeners;
    if (paused) this.standing = 'paused';
    this.#worker.onmessage = ({ data }: MessageEvent<Report>) => {
      this.#hear(data);
    };
    this.#worker.onerror = (event) => {
      this.#hear({ kind: 'failed', faults: [event.message || 'the worker could not start'] });
    };
    this.#send({ kind: 'train', config, kernels: KERNELS, run, paused, pace });
  }

  /** Shows what there was before the worker reports. */
  goOnFrom(step: number, records: readonly MetricRecord[]): void {
    this.step = step;
    this.records.push(...records);
  }

  pause(): void {
    if (this.standing !== 'running' && this.standing !== 'starting') return;
    this.standing = 'paused';
    this.#marks.length = 0;
    this.#send({ kind: 'pause' });
  }

  go(): void {
    if (this.standing !== 'paused') return;
    this.standing = 'running';
    this.#send({ kind: 'go' });
  }

  /** One vector step; pauses first. */
  one(): void {
    this.pause();
    if (this.standing === 'paused') this.#send({ kind: 'step' });
  }

  pace(stepsPerSecond: number): void {
    this.#send({ kind: 'pace', stepsPerSecond });
  }

  /** The run as the command line would have written it by now; undefined if the worker has failed or is gone. */
  async zip(): Promise<Uint8Array | undefined> {
    if (this.#gone) return undefined;
    const ticket = this.#ticket++;
    this.#send({ kind: 'zip', ticket });
    return new Promise((resolve) => this.#tickets.set(ticket, resolve));
  }

  /** Ends the worker, and with it what has not been kept. */
  dispose(): void {
    this.#worker.terminate();
    this.#leave();
  }

  /** Steps per second of late; 0 while it rests. */
  get speed(): number {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (this.standing !== 'running' || !first || !last || last.at - first.at < 200) return 0;
    return ((last.step - first.step) / (last.at - first.at)) * 1000;
  }

  /** Settles pending zips: none will come. */
  #leave(): void {
    this.#gone = true;
    for (const resolve of this.#tickets.values()) resolve();
    this.#tickets.clear();
  }

  #send(order: Order): void {
    this.#worker.postMessage(order);
  }

  #hear(report: Report): void {
    switch (report.kind) {
      case 'began':
        if (this.standing === 'starting') this.standing = 'running';
        this.engine = report.engine;
        this.threads = report.threads;
        this.notice = report.notice;
        break;
      case 'weights': {
        this.step = report.step;
        const at = performance.now();
        this.#marks.push({ at, step: report.step });
        while (this.#marks[0]!.at < at - WINDOW_MS) this.#marks.shift();
        this.#listeners.weights(report.weights, report.step);
        break;
      }
      case 'record':
        this.records.push(report.record);
        break;
      case 'warning':
        this.warnings.push(report.line);
        break;
      case 'ended':
        this.standing = 'ended';
        break;
      case 'shown':
        this.standing = 'ended';
        this.canGoOn = false;
        this.warnings.push(report.because);
        break;
      case 'failed':
        this.standing = 'failed';
        this.faults = report.faults;
        this.#leave();
        break;
      case 'zip':
        this.#tickets.get(report.ticket)?.(report.bytes);
        this.#tickets.delete(report.ticket);
    }
    this.#listeners.changed();
  }
}
