/**
 * `maddpg config ...`: checks, prints, documents and lists configurations. Results go to standard output, warnings to
 * standard error. configurations.ts has the work.
 */
import type { Command } from 'commander';
import { append, hintAtKeys } from './arguments.ts';
import type { configCheck } from './configurations.ts';
import { startPrinting } from './thread.ts';

/** Options of `check` and `show`: files are positional or, as in `train`, given by --config. */
export interface FileOptions {
  readonly config?: string[];
  readonly set?: string[];
}

export interface CheckOptions extends FileOptions {
  readonly openEnv?: boolean;
}

/** Adds the `config` command and its subcommands. */
export function register(program: Command): void {
  const config = program
    .command('config')
    .description('check, print, document and list configurations')
    .addHelpText('after', example('config check mpe.yaml'));

  ofFiles(config, 'check')
    .description('check a configuration against the key table and its environment, and list all faults')
    .option('--open-env', 'also open a custom or PettingZoo environment, which runs its code')
    .addHelpText('after', example('config check mpe.yaml --set env_options.N=5'))
    .action(async (files: string[], options: CheckOptions) => {
      const text = options.openEnv
        ? await startPrinting<typeof configCheck>('config check', { files, options }).result
        : await (await work()).configCheck({ files, options });
      process.stdout.write(text);
    });

  ofFiles(config, 'show')
    .description('print the resolved YAML: every key, with its documentation')
    .addHelpText('after', example('config show mpe.yaml --set seed=2 --set env_options.N=5'))
    .action(async (files: string[], options: FileOptions) => {
      process.stdout.write((await work()).configShow(files, options));
    });

  config
    .command('list')
    .description('list packaged configurations with budget and expected return')
    .option('--json', 'print JSON')
    .addHelpText('after', example('config list'))
    .action(async ({ json = false }: { json?: boolean }) => {
      process.stdout.write((await work()).configList(json));
    });

  config
    .command('explain')
    .description('document one key, or list all keys')
    .argument('[key]', 'key, such as training_frequency')
    .addHelpText('after', example('config explain training_frequency'))
    .action(async (key: string | undefined) => {
      const { explain } = await import('../config/explain.ts');
      process.stdout.write(explain(key));
    });

  config
    .command('schema')
    .description('print the JSON Schema of a configuration, for editors')
    .addHelpText('after', example('config schema > maddpg.schema.json'))
    .action(async () => {
      const { jsonSchema } = await import('../config/schema.ts');
      process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    });
}

/** Loaded by the subcommand that needs it: help does not. */
function work(): Promise<typeof import('./configurations.ts')> {
  return import('./configurations.ts');
}

/** A subcommand on one or more files, with overrides. */
function ofFiles(config: Command, name: string): Command {
  return hintAtKeys(
    config
      .command(name)
      .argument('[files...]', 'files or packaged configurations; later ones win')
      .option('--config <file|name>', 'same as a positional argument; repeatable', append)
      .option('--set <key=value>', 'override a key (YAML value); repeatable', append),
  );
}

function example(line: string): string {
  return `\nExample:\n  $ npx maddpg ${line}\n`;
}
