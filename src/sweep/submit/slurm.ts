/**
 * An sbatch script for a sweep folder: a job array whose tasks each run their share of the trials. Before its time limit a
 * task gets a signal, saves checkpoints and puts itself back into the queue, as submitit does it.
 */
import { shellQuote } from '../../core/shell-quote.ts';
import { UserError } from '../../core/user-error.ts';

export interface SlurmOptions {
  /** Sweep folder, absolute, on a file system that all nodes share. */
  readonly dir: string;
  /** How a node starts maddpg: program and first arguments. */
  readonly maddpg: readonly string[];
  readonly tasks: number;
  /** Trials at a time in a task, each on a core of its own. */
  readonly workers: number;
  /** As sbatch wants it: HH:MM:SS, D-HH and the like. */
  readonly time: string;
  /** Seconds before the limit at which a task is told to stop. */
  readonly grace: number;
  readonly partition?: string | undefined;
}

/** The script as text. Throws UserError if sbatch cannot express the folder's name or the times. */
export function slurmScript({ dir, maddpg, tasks, ...options }: SlurmOptions): string {
  // eslint-disable-next-line no-control-regex -- the pattern rejects control characters
  if (/[\u0000-\u001f\u007f"\\]/.test(dir))
    throw new UserError(
      `${dir}: expected a path that sbatch can read, got one with a quote, a backslash or a control character; rename it`,
    );
  requireTime(options);
  const directives = [
    '--job-name=maddpg-sweep',
    `--array=0-${tasks - 1}`,
    `--cpus-per-task=${options.workers}`,
    `--time=${options.time}`,
    ...(options.partition === undefined ? [] : [`--partition=${options.partition}`]),
    // %% is a percent sign, %a the task's index.
    `--output="${dir.replaceAll('%', '%%')}/slurm-%a.log"`,
    '--open-mode=append',
    '--requeue',
    `--signal=B:USR1@${options.grace}`,
  ];
  const run = ['sweep', 'run', dir, '--workers', String(options.workers)];
  const command = [...maddpg, ...run].map(shellQuote).join(' ');
  return `#!/bin/bash
${directives.map((line) => `#SBATCH ${line}\n`).join('')}
# USR1 comes ${options.grace} s before the time limit: save checkpoints and requeue this task.
# TERM comes when the job is cancelled or preempted: save them, and leave the rest to Slurm.
stopped=
child=
stop() {
  trap '' USR1 TERM
  stopped=$1
  [ -z "$child" ] || kill -TERM "$child"
}
trap 'stop USR1' USR1
trap 'stop TERM' TERM

${command} --index "$SLURM_ARRAY_TASK_ID" --of ${tasks} &
child=$!
[ -z "$stopped" ] || kill -TERM "$child"
wait "$child"
code=$?
if [ -n "$stopped" ]; then
  # The signal ended the first wait.
  wait "$child"
  code=$?
fi
if [ "$stopped" = USR1 ] && [ "$code" -eq 130 ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
`;
}

/** Seconds, or infinity, in a time limit as sbatch takes it; undefined for another word. */
function secondsIn(limit: string): number | undefined {
  if (/^(unlimited|infinite)$/i.test(limit)) return Infinity;
  const [, days, first, second, third] = /^(?:(\d+)-)?(\d+)(?::(\d{1,2}))?(?::(\d{1,2}))?$/.exec(limit) ?? [];
  if (first === undefined) return undefined;
  const [a, b, c] = [first, second, third].map((digits) => Number(digits ?? 0)) as [number, number, number];
  if (days !== undefined) return ((Number(days) * 24 + a) * 60 + b) * 60 + c;
  const seconds = third === undefined ? a * 60 + b : (a * 60 + b) * 60 + c;
  return seconds === 0 ? Infinity : seconds; // as sbatch takes it
}

/** Throws UserError for a time limit that sbatch does not take, or that leaves no time before the signal. */
function requireTime({ time, grace }: Pick<SlurmOptions, 'time' | 'grace'>): void {
  const seconds = secondsIn(time);
  if (seconds === undefined)
    throw new UserError(
      `--time: expected MINUTES, MINUTES:SECONDS, HOURS:MINUTES:SECONDS or DAYS-HOURS, got ${JSON.stringify(time)}; see man sbatch`,
    );
  if (seconds <= grace)
    throw new UserError(`--grace: expected less than --time (${seconds} s), got ${grace} s`);
}
