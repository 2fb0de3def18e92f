/** `maddpg import`: makes a run from other people's weights. importing.ts has the work. */
import { Argument, Option, type Command } from 'commander';
import type { ImportFormat } from '../import/import-run.ts';
import { append, hintAtKeys, MODEL_DIR, NAME } from './arguments.ts';

const FORMATS = ['xuance', 'safetensors'] as const satisfies readonly ImportFormat[];

export interface ImportCommandOptions {
  from: ImportFormat;
  config: string[];
  set?: string[];
  name?: string;
  modelDir?: string;
  json?: boolean;
}

export function register(program: Command): void {
  hintAtKeys(program.command('import'))
    .description('make a run from external weights, to evaluate, continue or export')
    .addArgument(new Argument('<checkpoint>', 'a .pth file saved by XuanCe 1.4.4, or a .safetensors file'))
    .addOption(new Option('--from <format>', 'format of the file').choices(FORMATS).makeOptionMandatory())
    .addOption(
      new Option(
        '--config <file|name>',
        'the configuration it was trained with, as for train; repeatable, later files win',
      )
        .argParser(append)
        .makeOptionMandatory(),
    )
    .option('--set <key=value>', 'override a key (YAML value); repeatable', append)
    .option(...NAME)
    .option(...MODEL_DIR)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nSee docs/export.md for the supported checkpoints and what is imported.\n' +
        '\nExamples:\n' +
        '  $ npx maddpg import final_train_model.pth --from xuance --config mpe.yaml --name theirs\n',
    )
    .action(async (file: string, options: ImportCommandOptions) => {
      const { importing } = await import('./importing.ts');
      process.stdout.write(await importing(file, options));
    });
}
