/** `maddpg sweep`: experiments of many training runs. Each subcommand loads its work when it runs. */
import { Option, type Command } from 'commander';
import { hintAtKeys, wholeNumber } from './arguments.ts';
import { registerMachines } from './sweep-machines.ts';
import type { SweepRunOptions } from './sweeping.ts';

const TABLE_FORMATS = ['text', 'markdown', 'latex', 'csv', 'json'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

export function register(program: Command): void {
  const sweep = hintAtKeys(
    program
      .command('sweep')
      .description('run experiments: many settings and seeds, on one machine or many')
      .addHelpText(
        'after',
        '\nExamples:\n' +
          '  $ npx maddpg sweep plan sweeps/smoke.yaml --dir runs/smoke\n' +
          '  $ npx maddpg sweep run runs/smoke\n',
      ),
  );
  sweep
    .command('plan')
    .description('write the folder of a sweep: its trials, fixed from then on')
    .argument('<file|name>', 'sweep file or packaged one such as sweeps/smoke.yaml')
    .option('--dir <dir>', 'new folder (default: runs/NAME of the file)')
    .addHelpText('after', '\nExample:\n  $ npx maddpg sweep plan sweeps/smoke.yaml --dir runs/planned\n')
    .action(async (file: string, options: { dir?: string }) => {
      const { plan } = await import('./sweeping.ts');
      await plan(file, options.dir);
    });
  sweep
    .command('run')
    .description('train the rest of a sweep; run it again to continue')
    .argument('<dir>', 'folder of a sweep')
    .option('--workers <n>', 'trials at a time (default: one per core)', wholeNumber('--workers', 1))
    .option('--index <i>', 'with --of: train only the trials of share I, from 0', wholeNumber('--index', 0))
    .option('--of <n>', 'number of shares', wholeNumber('--of', 1))
    .option('--retry-failed', 'retry failed trials')
    .addHelpText('after', '\nExample:\n  $ npx maddpg sweep run runs/smoke --workers 2\n')
    .action(async (dir: string, options: SweepRunOptions) => {
      const { run } = await import('./sweeping.ts');
      await run(dir, options);
    });
  sweep
    .command('table')
    .description('print the results: a row per setting, statistics over its seeds')
    .argument('<dir>', 'folder of a sweep')
    .addOption(
      new Option('--format <name>', 'output format')
        .choices(TABLE_FORMATS)
        .default('text' satisfies TableFormat),
    )
    .addHelpText('after', '\nExample:\n  $ npx maddpg sweep table runs/smoke --format markdown\n')
    .action(async (dir: string, { format }: { format: TableFormat }) => {
      const { printTable } = await import('./sweep-table.ts');
      printTable(dir, format);
    });
  registerDrive(sweep);
  registerMachines(sweep);
}

function registerDrive(sweep: Command): void {
  sweep
    .command('drive')
    .description('train what a program such as Optuna requests, as JSON lines on standard input and output')
    .argument('<file|name>', 'sweep file with config, set, seeds and objective')
    .requiredOption('--dir <dir>', 'folder of the run directories: DIR/trials/<id>-s<seed>')
    .option('--workers <n>', 'runs at a time (default: one per seed)', wholeNumber('--workers', 1))
    .addHelpText(
      'after',
      '\nExample:\n  $ npx maddpg sweep drive examples/tune.yaml --dir runs/tuned < examples/tune.jsonl\n',
    )
    .action(async (file: string, options: { dir: string; workers?: number }) => {
      const { driveSweep } = await import('./sweep-drive.ts');
      await driveSweep(file, options);
    });
}
