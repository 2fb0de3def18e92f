/** Trains for `maddpg sweep drive` in processes of their own, `maddpg train`, and reads their metrics as they grow. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { UserError } from '../core/user-error.ts';
import { decodeRecord } from '../metrics/records.ts';
import type { TrainSeed, Value } from './drive.ts';
import { setsOf } from './plan.ts';
import type { Keys } from './trial.ts';

export interface Trainings {
  /** The script of the command line. */
  readonly program: string;
  readonly configs: readonly string[];
  /** For all runs. */
  readonly set: Keys;
  /** Parent of the run directories, which are named `<id>-s<seed>`. */
  readonly folder: string;
  /** The metric to tell. */
  readonly metric: string;
}

/** Milliseconds between looks at the metrics. */
const LOOK_MS = 250;

/** Exit code of a run that a signal interrupted. */
const INTERRUPTED = 130;

export function trainInProcesses({ program, configs, set, folder, metric }: Trainings): TrainSeed {
  return async (job, tell, signal) => {
    const name = `${job.id}-s${job.seed}`;
    if (fs.existsSync(path.join(folder, name)))
      throw new UserError(
        `id: expected a new one, got ${job.id}, whose run ${path.join(folder, name)} exists; take another id or --dir`,
      );
    const child = spawn(
      process.execPath,
      [
        ...[program, 'train', '--quiet', `--seed=${job.seed}`, `--name=${name}`, `--model-dir=${folder}`],
        ...configs.map((config) => `--config=${config}`),
        ...setsOf({ ...set, ...job.set }).map((one) => `--set=${one}`),
      ],
      // Detached: Ctrl-C on a terminal is for the parent, which passes it on.
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true, windowsHide: true },
    );
    const look = valuesOf(path.join(folder, name, 'metrics.jsonl'), metric, tell);
    const looking = setInterval(look, LOOK_MS);
    try {
      await ended(child, name, signal);
      look();
    } finally {
      clearInterval(looking);
    }
  };
}

/** Waits for a run. Interrupts it once the signal aborts. Passes its warnings on. */
async function ended(child: ChildProcess, name: string, signal: AbortSignal): Promise<void> {
  const interrupt = (): void => {
    child.kill('SIGINT');
  };
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', interrupt);
  process.on('exit', kill);
  try {
    let text = '';
    child.stderr!.setEncoding('utf8').on('data', (more: string) => (text += more));
    const [code, killer] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject).on('close', (...end) => {
        resolve(end);
      });
    });
    const lines = text.split('\n').filter((line) => line !== '');
    if (signal.aborted) return;
    if (code === 0) for (const line of lines) process.stderr.write(`${name}: ${line}\n`);
    else if (code === INTERRUPTED || code === null)
      throw new UserError(`${name}: expected it to train to its end, got ${killer ?? 'a signal'}`);
    else if (lines.length > 0) throw new UserError(lines.map((line) => `${name}: ${line}`));
    else throw new UserError(`${name}: expected it to train to its end, got exit code ${code}`);
  } finally {
    signal.removeEventListener('abort', interrupt);
    process.off('exit', kill);
  }
}

/** Tells the values of a metric that were written since the last call. */
function valuesOf(file: string, metric: string, tell: (value: Value) => void): () => void {
  let [read, size] = [0, 0];
  return () => {
    const now = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (now === size) return;
    size = now;
    const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1); // the last is under way
    for (const line of lines.slice(read)) {
      const record = decodeRecord(line);
      const value = record?.[metric];
      if (value !== undefined) tell({ step: record!['step'], value });
    }
    read = lines.length;
  };
}
