/** The work of `maddpg sweep submit`. */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeOutput } from '../core/output-file.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { kubernetesJob } from '../sweep/submit/kubernetes.ts';
import { slurmScript } from '../sweep/submit/slurm.ts';
import { openSweep, type SweepDir } from '../sweep/sweep-dir.ts';
import { VERSION } from '../version.ts';

export interface SubmitOptions {
  readonly slurm?: boolean;
  readonly kubernetes?: boolean;
  readonly now?: boolean;
  readonly tasks?: number;
  readonly workers: number;
  readonly time: string;
  readonly grace: number;
  readonly partition?: string;
  readonly image?: string;
  readonly volume: string;
}

/** Trials of a task by default: trials are short, and clusters dislike many short tasks. */
const TRIALS_PER_TASK = 4;

const BIN = fileURLToPath(new URL('../../bin/maddpg.js', import.meta.url));

export function submit(dir: string, options: SubmitOptions): void {
  const { slurm = false, kubernetes = false, now = false } = options;
  if (slurm === kubernetes)
    throw new UserError(`--slurm, --kubernetes: expected one of them, got ${slurm ? 'both' : 'neither'}`);
  if (now && !slurm) throw new UserError('--now: expected --slurm with it, got --kubernetes; leave it out');
  if (options.partition !== undefined) requirePlain('--partition', options.partition);
  const tasks = tasksOf(openSweep(dir), options.tasks);
  const { workers, time, grace, partition } = options;
  if (kubernetes) {
    const image = options.image ?? `maddpg:${VERSION}`;
    const name = path.basename(path.resolve(dir));
    const file = path.join(dir, 'kubernetes.yaml');
    writeOutput('--kubernetes', file, kubernetesJob({ name, image, claim: options.volume, tasks, workers }));
    told(file, `kubectl apply -f ${shellQuote(file)}`);
    return;
  }
  const file = path.join(dir, 'slurm.sh');
  const maddpg = [process.execPath, BIN];
  const script = slurmScript({ dir: path.resolve(dir), maddpg, tasks, workers, time, grace, partition });
  writeOutput('--slurm', file, script, 0o755);
  if (now) process.stdout.write(sbatch(file));
  else told(file, `sbatch ${shellQuote(file)}`);
}

/** Halving compares all trials, so one task trains them. */
function tasksOf({ sweep, trials }: SweepDir, tasks?: number): number {
  if (sweep.halving === null)
    return Math.min(trials.length, tasks ?? Math.ceil(trials.length / TRIALS_PER_TASK));
  if (tasks !== undefined && tasks > 1)
    throw new UserError(
      `--tasks: expected 1 with halving, which compares all trials, got ${tasks}; or use sweep serve`,
    );
  return 1;
}

function told(file: string, next: string): void {
  process.stdout.write(`${file}\n\nnext:\n  ${next}\n`);
}

/** What sbatch says. */
function sbatch(file: string): string {
  try {
    return execFileSync('sbatch', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string };
    const said = code === 'ENOENT' ? 'no such program' : (stderr.trim().split('\n')[0] ?? '');
    throw new UserError(`sbatch: expected it to take ${file}, got ${said}`, { cause: error, exitCode: 1 });
  }
}

/** A word that becomes part of a line of the script. */
function requirePlain(flag: string, word: string): void {
  if (/^[\w.,:+-]+$/.test(word)) return;
  throw new UserError(
    `${flag}: expected letters, digits and any of .,:+-, got ${JSON.stringify(word)}; see man sbatch`,
  );
}
