/** `maddpg sweep submit`, `serve` and `work`: a sweep on many machines. Each loads its work when it runs. */
import type { Command } from 'commander';
import { hintAtKeys, wholeNumber } from './arguments.ts';
import type { ServeOptions, WorkCommandOptions } from './queueing.ts';
import type { SubmitOptions } from './submitting.ts';

const QUEUE =
  'redis://... or postgres://...; if it has a password, set MADDPG_QUEUE instead, as other users can read arguments';

export function registerMachines(sweep: Command): void {
  hintAtKeys(sweep.command('submit'))
    .description('write a job script that runs a sweep on a cluster with a shared file system')
    .argument('<dir>', 'folder of a sweep')
    .option('--slurm', 'write DIR/slurm.sh, a job array')
    .option('--kubernetes', 'write DIR/kubernetes.yaml, an Indexed Job')
    .option('--now', 'with --slurm: submit it with sbatch')
    .option('--tasks <n>', 'tasks that share the trials (default: one per four)', wholeNumber('--tasks', 1))
    .option('--workers <n>', 'trials at a time in a task', wholeNumber('--workers', 1), 1)
    .option('--time <limit>', "with --slurm: a task's time limit; it saves, then requeues itself", '01:00:00')
    .option(
      '--grace <seconds>',
      'with --slurm: time for saving before the limit',
      wholeNumber('--grace', 1),
      90,
    )
    .option('--partition <name>', "with --slurm: partition (default: the cluster's)")
    .option('--image <image>', 'with --kubernetes: image with maddpg on its PATH (default: maddpg:VERSION)')
    .option('--volume <claim>', 'with --kubernetes: volume claim with the sweep folder', 'sweeps')
    .addHelpText('after', '\nExample:\n  $ npx maddpg sweep submit runs/planned --slurm --time 04:00:00\n')
    .action(async (dir: string, options: SubmitOptions) => {
      const { submit } = await import('./submitting.ts');
      submit(dir, options);
    });
  hintAtKeys(sweep.command('serve'))
    .description('send the trials of a sweep to a queue and save the results')
    .argument('<dir>', 'folder of a sweep')
    .option('--queue <url>', QUEUE)
    .option('--retry-failed', 'retry failed trials')
    .addHelpText(
      'after',
      '\nExample:\n  $ npx maddpg sweep serve runs/planned --queue redis://localhost:6379\n',
    )
    .action(async (dir: string, options: ServeOptions) => {
      const { serve } = await import('./queueing.ts');
      await serve(dir, options);
    });
  hintAtKeys(sweep.command('work'))
    .description('train trials from a queue, on any machine, until none is left')
    .option('--queue <url>', QUEUE)
    .option('--workers <n>', 'trials at a time (default: one per core)', wholeNumber('--workers', 1))
    .option(
      '--lease <seconds>',
      'silence after which another worker takes over',
      wholeNumber('--lease', 1),
      30,
    )
    .option('--every <seconds>', 'minimum time between checkpoints sent back', wholeNumber('--every', 0), 30)
    .option('--patience <seconds>', 'exit after this time without a trial', wholeNumber('--patience', 0), 60)
    .addHelpText('after', '\nExample:\n  $ npx maddpg sweep work --queue redis://localhost:6379\n')
    .action(async (options: WorkCommandOptions) => {
      const { workFrom } = await import('./queueing.ts');
      await workFrom(options);
    });
}
