/**
 * A process that trains trials of a sweep (sweep/worker-pool.ts starts it). Training runs in a thread of its own, so whatever
 * an environment does, this process hears its parent, and ends when the parent does.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { rename } from '../core/rename.ts';
import { UserError } from '../core/user-error.ts';
import { EVALUATION } from '../sweep/standing.ts';
import type { WorkerNews, WorkerTask } from '../sweep/worker-pool.ts';
import type { evaluation } from './evaluation.ts';
import { startWork, type Thread } from './thread.ts';
import type { training } from './training.ts';

let thread: Thread<unknown> | undefined;
let interrupted = false;

// Signals of a terminal reach all its processes: the parent decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(1));
process.on('message', (message: WorkerTask | 'interrupt') => {
  if (message === 'interrupt') {
    interrupted = true;
    thread?.interrupt();
  } else {
    void work(message).then(tell);
  }
});

async function work(task: WorkerTask): Promise<WorkerNews> {
  try {
    if (!(await train(task))) return { done: { interrupted: true } };
    if (task.evaluate) await evaluate(task.run, task.evaluate);
    return { done: { interrupted: false } };
  } catch (error) {
    if (error instanceof UserError) return { faults: error.faults };
    return { faults: [`${task.run}: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** Whether the run got where it should: to its end or to `until`. */
async function train({ run, from, configs, sets, until }: WorkerTask): Promise<boolean> {
  if (from === 'end') return true;
  let paused = false;
  const started = startWork<typeof training>(
    'train',
    {
      command: 'maddpg sweep run',
      ...(from === 'checkpoint'
        ? { resume: run }
        : { config: [...configs], set: [...sets], name: path.basename(run), modelDir: path.dirname(run) }),
      ...(until !== undefined && { until }),
    },
    {
      onNews: (news) => {
        if ('progress' in news) {
          const { step, steps, stepsPerSecond } = news.progress;
          tell({ progress: { step, steps, stepsPerSecond } });
        } else if ('evaluation' in news) {
          tell({ evaluation: news.evaluation });
          paused ||= until !== undefined && news.evaluation.step >= until;
        } else if ('warning' in news) tell({ warning: news.warning });
      },
      onPrint: (line) => process.stderr.write(`${line}\n`),
    },
  );
  thread = started;
  if (interrupted) started.interrupt();
  const summary = await started.result;
  thread = undefined;
  return !summary.interrupted || paused;
}

async function evaluate(run: string, options: NonNullable<WorkerTask['evaluate']>): Promise<void> {
  const result = await startWork<typeof evaluation>(
    'eval',
    { checkpoint: run, policy: 'trained', engine: 'wasm', json: true, ...options },
    { onNews: () => undefined, onPrint: (line) => process.stderr.write(`${line}\n`) },
  ).result;
  const file = path.join(run, EVALUATION);
  fs.writeFileSync(`${file}.partial`, result);
  rename(`${file}.partial`, file);
}

function tell(news: WorkerNews): void {
  // Without a parent there is nobody to tell.
  if (process.connected) process.send!(news);
}
