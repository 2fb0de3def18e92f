/**
 * Processes that train trials, one at a time each. A process ends within a moment of its parent (its channel closes), and
 * one that dies is replaced. What a worker runs is its own file, which answers WorkerTask with WorkerNews.
 */
import { fork, type ChildProcess } from 'node:child_process';

export interface WorkerTask {
  /** Run directory. */
  readonly run: string;
  /** Whether it is new, goes on from its checkpoint, or is trained already and only evaluated. */
  readonly from: 'new' | 'checkpoint' | 'end';
  readonly configs: readonly string[];
  /** Arguments of --set. */
  readonly sets: readonly string[];
  /** Pause at the first evaluation from this step on. */
  readonly until?: number;
  /** Evaluate so many episodes with this seed once it is trained, for evaluation.json. */
  readonly evaluate?: { readonly episodes: number; readonly seed: number; readonly best: boolean };
}

export interface WorkerProgress {
  readonly step: number;
  readonly steps: number;
  readonly stepsPerSecond: number;
}

export type WorkerNews =
  | { readonly progress: WorkerProgress }
  | { readonly evaluation: { readonly step: number; readonly mean: number } }
  | { readonly warning: string }
  /** The task is done; `interrupted`: before its end. */
  | { readonly done: { readonly interrupted: boolean } }
  | { readonly faults: readonly string[] };

export interface WorkerListeners {
  readonly onProgress?: (progress: WorkerProgress) => void;
  readonly onEvaluation?: (evaluation: { readonly step: number; readonly mean: number }) => void;
  readonly onWarning?: (line: string) => void;
}

/** How a task ended. `died`: its process is gone, and the run has what it saved. */
export type WorkerOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'died'; readonly problem: string };

/** Milliseconds that an interrupted worker has to save its checkpoint. */
const LEAVE_MS = 60_000;

/** What runs tasks: processes here, or machines behind a queue. */
export interface TrialPool {
  run(task: WorkerTask, listeners?: WorkerListeners): Promise<WorkerOutcome>;
  interrupt(): void;
}

export class WorkerPool implements TrialPool {
  readonly #file: URL;
  readonly #cwd: string;
  readonly #idle: ChildProcess[] = [];
  readonly #busy = new Set<ChildProcess>();

  /** `file`: what a worker runs, compiled. `cwd`: its folder, from which runs may be named. */
  constructor(file: URL, cwd = process.cwd()) {
    this.#file = file;
    this.#cwd = cwd;
  }

  /** Starts a task on a process that has none. */
  async run(task: WorkerTask, listeners: WorkerListeners = {}): Promise<WorkerOutcome> {
    const worker = this.#idleWorker() ?? this.#newWorker();
    this.#busy.add(worker);
    const outcome = await new Promise<WorkerOutcome>((resolve) => {
      const onMessage = (news: WorkerNews): void => {
        if ('progress' in news) listeners.onProgress?.(news.progress);
        else if ('evaluation' in news) listeners.onEvaluation?.(news.evaluation);
        else if ('warning' in news) listeners.onWarning?.(news.warning);
        else
          settle(
            'done' in news
              ? { kind: news.done.interrupted ? 'interrupted' : 'done' }
              : { kind: 'failed', problem: news.faults.join('; ') },
          );
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
        settle({ kind: 'died', problem: `its worker ended with ${signal ?? `exit code ${code}`}` });
      };
      const onError = ({ message }: Error): void => {
        settle({ kind: 'died', problem: `its worker cannot be reached: ${message}` });
      };
      const settle = (end: WorkerOutcome): void => {
        worker.off('message', onMessage).off('exit', onExit).off('error', onError);
        resolve(end);
      };
      worker.on('message', onMessage).on('exit', onExit).on('error', onError);
      // One that did not start has no channel, and says why by `error`.
      if (worker.connected)
        worker.send(task, (error) => {
          if (error) onError(error);
        });
    });
    this.#busy.delete(worker);
    if (isAlive(worker) && outcome.kind !== 'died') this.#idle.push(worker);
    return outcome;
  }

  /** One that waits for a task; those that died while they waited are left out. */
  #idleWorker(): ChildProcess | undefined {
    let worker = this.#idle.pop();
    while (worker && !isAlive(worker)) worker = this.#idle.pop();
    return worker;
  }

  #newWorker(): ChildProcess {
    return fork(this.#file, { cwd: this.#cwd, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  /** Lets running tasks save and end; those that take a minute are ended. */
  interrupt(): void {
    for (const worker of this.#busy) {
      if (worker.connected) worker.send('interrupt');
      setTimeout(() => worker.kill('SIGKILL'), LEAVE_MS).unref();
    }
  }

  /** Ends all processes, whatever they do. */
  close(): void {
    for (const worker of [...this.#idle, ...this.#busy]) worker.kill('SIGKILL');
    this.#idle.length = 0;
  }
}

/** Whether it can take a task. Its end and that of its channel are heard of one after the other. */
function isAlive({ connected, exitCode, signalCode }: ChildProcess): boolean {
  return connected && exitCode === null && signalCode === null;
}
