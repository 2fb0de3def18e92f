/** `maddpg export`: writes a trained policy for other runtimes. exporting.ts has the work. */
import { Argument, Option, type Command } from 'commander';
import type { FormatName } from '../export/formats.ts';

const NAMES = ['onnx', 'tfjs', 'torch', 'numpy', 'c', 'xuance'] as const satisfies readonly FormatName[];

export interface ExportOptions {
  format: FormatName;
  out?: string;
  agent?: string;
  best?: boolean;
  critics?: boolean;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command('export')
    .description('write the policy of a run for other runtimes, as eval plays it')
    .addArgument(new Argument('<run|checkpoint>', 'run directory or checkpoint folder'))
    .addOption(
      new Option(
        '--format <name>',
        'onnx, TensorFlow.js, PyTorch, NumPy, a C header, or a checkpoint of XuanCe',
      )
        .choices(NAMES)
        .makeOptionMandatory(),
    )
    .option(
      '--out <folder>',
      'output folder: new, empty or holding an earlier export (default: export/<format> in the run directory)',
    )
    .option('--agent <name>', 'only this agent')
    .option('--best', 'the checkpoint of the best evaluation instead of the newest')
    .option('--critics', 'export the critics too')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ npx maddpg export runs/spread --format onnx\n' +
        '  $ npx maddpg export runs/spread --format c --out robot --agent agent_0\n',
    )
    .action(async (target: string, options: ExportOptions) => {
      const { exporting } = await import('./exporting.ts');
      process.stdout.write(exporting(target, options));
    });
}
