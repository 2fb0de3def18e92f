/** `maddpg sweep`: experiments of many trainings. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';

export function register(program: Command): void {
  const sweep = program
    .command('sweep')
    .description('run experiments: many settings and seeds')
    .addHelpText(
      'after',
      '\nExample:\n  $ npx maddpg sweep drive examples/tune.yaml --dir runs/tuned < examples/tune.jsonl\n',
    );
  registerDrive(sweep);
}

function registerDrive(sweep: Command): void {
  sweep
    .command('drive')
    .description(
      'train what a program such as Optuna asks for, in lines of JSON on standard input and output',
    )
    .argument('<file>', 'sweep file with config, set, seeds and objective')
    .requiredOption('--dir <dir>', 'folder of the run directories: DIR/trials/<id>-s<seed>')
    .option('--workers <n>', 'trainings at a time (default: one for each seed)', wholeNumber('--workers', 1))
    .addHelpText(
      'after',
      '\nExample:\n  $ npx maddpg sweep drive examples/tune.yaml --dir runs/tuned < examples/tune.jsonl\n',
    )
    .action(async (file: string, options: { dir: string; workers?: number }) => {
      const { driveSweep } = await import('./sweep-drive.ts');
      await driveSweep(file, options);
    });
}
