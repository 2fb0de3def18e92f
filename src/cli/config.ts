/**
 * `maddpg config ...`: checks, prints, documents and lists configurations. Results go to standard output, warnings to
 * standard error; main.ts reports errors.
 */
import type { Command } from 'commander';
import { algorithmNames, updateInterval } from '../config/derived.ts';
import { explain } from '../config/explain.ts';
import { headOf } from '../config/head.ts';
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import type { LoadedConfig } from '../config/load.ts';
import { jsonSchema } from '../config/schema.ts';
import { showConfig } from '../config/show.ts';
import { packagedConfigs, readConfigText, resolveConfigPath } from '../config/source.ts';
import { oneLine } from '../core/one-line.ts';
import { UserError } from '../core/user-error.ts';
import { checkUnopened, openChecked, warningsOf } from '../run/train.ts';
import { append, hintAtKeys } from './arguments.ts';
import { printedBy } from './thread.ts';

/** Options of `check` and `show`: files are positional or, as in `train`, given by --config. */
interface FileOptions {
  readonly config?: string[];
  readonly set?: string[];
}

interface CheckOptions extends FileOptions {
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
        ? await printedBy<typeof configCheck>('config check', { files, options })
        : await configCheck({ files, options });
      process.stdout.write(text);
    });

  ofFiles(config, 'show')
    .description('print the resolved YAML: every key, with its documentation')
    .addHelpText('after', example('config show mpe.yaml --set seed=2 --set env_options.N=5'))
    .action((files: string[], options: FileOptions) => {
      process.stdout.write(showConfig(load('show', files, options).config));
    });

  config
    .command('list')
    .description('list packaged configurations with budget and expected return')
    .option('--json', 'print JSON')
    .addHelpText('after', example('config list'))
    .action(({ json = false }: { json?: boolean }) => {
      const entries = packagedConfigs().map(listed);
      process.stdout.write(json ? `${JSON.stringify(entries, null, 2)}\n` : table(entries));
    });

  config
    .command('explain')
    .description('document one key, or list all keys')
    .argument('[key]', 'key, such as training_frequency')
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

/** The work of `maddpg config check`, in a thread (worker.ts) if it opens environments: returns what to print. */
export async function configCheck({
  files,
  options,
}: {
  readonly files: readonly string[];
  readonly options: CheckOptions;
}): Promise<string> {
  const loaded = load('check', files, options);
  const opened = loaded.config.env_name === 'mpe' || options.openEnv === true;
  if (opened) (await openChecked(loaded)).close();
  else await checkUnopened(loaded);
  const names = [...files, ...(options.config ?? [])].join(', ');
  const rest = opened ? '' : '; environment not opened, since that runs its code: add --open-env';
  return `${oneLine(`${names}: ok (${summary(loaded.config)})${rest}`)}\n`;
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

/** Loads files or packaged configurations and prints warnings. */
function load(
  command: string,
  files: readonly string[],
  { config = [], set = [] }: FileOptions,
): LoadedConfig {
  const names = [...files, ...config];
  if (names.length === 0)
    throw new UserError(
      `config ${command}: expected a file or the name of a packaged configuration, got nothing; try mpe.yaml`,
    );
  const file = names.map((name) => resolveConfigPath(name, process.cwd()));
  const loaded = loadConfig({ file, sets: set });
  for (const warning of warningsOf(loaded)) process.stderr.write(`warning: ${oneLine(warning)}\n`);
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

/** A packaged configuration, as `config list --json` prints it. */
interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly agent: Config['agent'];
  readonly env_id: string;
  readonly running_steps: number;
  /** Training time; null if not measured. */
  readonly time: string | null;
  /** null if not measured. */
  readonly expected_return: number | null;
  readonly note: string | null;
}

function listed(name: string): Listed {
  const file = resolveConfigPath(name, process.cwd());
  const { agent, env_id, running_steps } = loadConfig({ file }).config;
  const head = headOf(readConfigText(file));
  return {
    name,
    summary: head?.summary ?? '',
    agent,
    env_id,
    running_steps,
    time: head?.time ?? null,
    expected_return: head?.expectedReturn ?? null,
    note: head?.note ?? null,
  };
}

/** Fits 80 columns. Names go without .yaml, which `--config` adds. */
function table(entries: readonly Listed[]): string {
  const rows = entries.map((entry) => [
    entry.name.replace(/\.yaml$/, ''),
    algorithmNames(entry).join(', '),
    entry.running_steps.toLocaleString('en', { notation: 'compact' }),
    entry.time ?? '-',
    entry.expected_return?.toFixed(1) ?? '-',
  ]);
  const all = [['name', 'agent', 'steps', 'time', 'return'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) => row.map((cell, c) => (c > 1 ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!))))
    .map((cells) => `${cells.join('  ')}\n`)
    .join('');
}
