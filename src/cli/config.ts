/**
 * `maddpg config ...`: checks, prints and documents configurations. Results go to standard output, warnings
 * to standard error; faults (ConfigError) are printed by main.ts, which leaves with code 2.
 */
import type { Command } from 'commander';
import { algorithmNames, updateInterval } from '../config/derived.ts';
import { explain } from '../config/explain.ts';
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import type { LoadedConfig } from '../config/load.ts';
import { jsonSchema } from '../config/schema.ts';
import { showConfig } from '../config/show.ts';
import { resolveConfigPath } from '../config/source.ts';
import { openChecked, warningsOf } from '../run/train.ts';
import { append } from './arguments.ts';

/** Adds the `config` command and its subcommands. */
export function register(program: Command): void {
  const config = program
    .command('config')
    .description('check, print and document configurations')
    .addHelpText('after', example('config check mpe.yaml'));

  config
    .command('check')
    .description(
      'check a configuration, by itself and with its environment, and print every fault with its place',
    )
    .argument('<file>', 'a file, or the name of a packaged configuration')
    .addHelpText('after', example('config check mpe.yaml'))
    .action(async (file: string) => {
      const loaded = load(file, []);
      const environments = await openChecked(loaded);
      environments.close();
      process.stdout.write(`${file}: ok (${summary(loaded.config)})\n`);
    });

  config
    .command('show')
    .description('print the fully resolved YAML: every key, with its documentation')
    .argument('<file>', 'a file, or the name of a packaged configuration')
    .option('--set <key=value>', 'override a key, value read as YAML; repeatable', append)
    .addHelpText('after', example('config show mpe.yaml --set seed=2 --set env_options.N=5'))
    .action((file: string, { set = [] }: { set?: string[] }) => {
      process.stdout.write(showConfig(load(file, set).config));
    });

  config
    .command('explain')
    .description('document a key, or list all of them')
    .argument('[key]', 'the key, such as training_frequency')
    .addHelpText('after', example('config explain training_frequency'))
    .action((key: string | undefined) => {
      process.stdout.write(explain(key));
    });

  config
    .command('schema')
    .description('print the JSON Schema of a configuration, for editors')
    .addHelpText('after', example('config schema > maddpg.schema.json'))
    .action(() => {
      process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    });
}

function example(line: string): string {
  return `\nExample:\n  $ npx maddpg ${line}\n`;
}

/** Loads a file, or a packaged configuration, and prints its warnings. */
function load(file: string, sets: readonly string[]): LoadedConfig {
  const loaded = loadConfig({ file: resolveConfigPath(file, process.cwd()), sets });
  for (const warning of warningsOf(loaded)) process.stderr.write(`warning: ${warning}\n`);
  return loaded;
}

function summary(config: Config): string {
  const { n_epochs, training_frequency: frequency } = config;
  const interval = updateInterval(config);
  const rounds = frequency === 1 ? 'round' : `${frequency} rounds`;
  const due = interval === null ? `${rounds} of episodes` : `${interval} steps`;
  const updates = `${n_epochs === 1 ? 'one update' : `${n_epochs} updates`} per ${due}`;
  return `${algorithmNames(config).join(' and ')} on ${config.env_id}, ${config.running_steps} steps, ${updates}`;
}
