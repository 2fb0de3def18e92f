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

/** The script as text. Throws UserError if sbatch cannot express the folder's name. */
export function slurmScript({ dir, maddpg, tasks, ...options }: SlurmOptions): string {
  // eslint-disable-next-line no-control-regex -- the pattern rejects control characters
  if (/[\u0000-\u001f\u007f"\\]/.test(dir))
    throw new UserError(
      `${dir}: expected a path that sbatch can read, got one with a quote, a backslash or a control character; rename it`,
    );
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
