/** The work of `maddpg config ...`: from the options of the command line to what it prints. */
import { algorithmNames, roundsBetweenUpdates, updateInterval } from '../config/derived.ts';
import { headOf, type ConfigHead } from '../config/head.ts';
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import type { LoadedConfig } from '../config/load.ts';
import { showConfig } from '../config/show.ts';
import { packagedConfigs, readConfigText, resolveConfigPath } from '../config/source.ts';
import { oneLine } from '../core/one-line.ts';
import { UserError } from '../core/user-error.ts';
import { checkWithoutCode, openChecked, warningsOf } from '../run/train.ts';
import type { CheckOptions, FileOptions } from './config.ts';

/** `config check`, in a thread (worker.ts) if it opens environments. */
export async function configCheck({
  files,
  options,
}: {
  readonly files: readonly string[];
  readonly options: CheckOptions;
}): Promise<string> {
  const loaded = load('check', files, options);
  const opened = loaded.config.env_name === 'mpe' || options.openEnv === true;
  if (options.openEnv) (await openChecked(loaded)).close();
  else await checkWithoutCode(loaded);
  const names = [...files, ...(options.config ?? [])].join(', ');
  const rest = opened ? '' : '; environment not opened, since that runs its code: add --open-env';
  return `${oneLine(`${names}: ok (${summary(loaded.config)})${rest}`)}\n`;
}

/** `config show` */
export function configShow(files: readonly string[], options: FileOptions): string {
  return showConfig(load('show', files, options).config);
}

/** `config list` */
export function configList(json: boolean): string {
  const entries = packagedConfigs().map(listed);
  return json ? `${JSON.stringify(entries, null, 2)}\n` : table(entries);
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
  const { n_epochs } = config;
  const frequency = roundsBetweenUpdates(config);
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
  /** By side if there are opponents; null if not measured. */
  readonly expected_return: ConfigHead['expectedReturn'];
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
    returnText(entry.expected_return),
  ]);
  const all = [['name', 'agent', 'steps', 'time', 'return'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) => row.map((cell, c) => (c > 1 ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!))))
    .map((cells) => `${cells.join('  ')}\n`)
    .join('');
}

function returnText(expected: ConfigHead['expectedReturn']): string {
  if (expected === null) return '-';
  const returns = typeof expected === 'number' ? [expected] : Object.values(expected);
  return returns.map((value) => value.toFixed(1)).join(', ');
}
