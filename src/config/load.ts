/**
 * Configuration file, --set and flags -> one frozen Config, with the place of every value kept, so that later
 * stages can report their own faults (an option of the environment, an agent's name) with file, line and
 * column. Precedence: defaults < file < --set < flags.
 */
import { dirname, resolve as resolvePath } from 'node:path';
import { UserError } from '../core/user-error.ts';
import { readDocument } from './document.ts';
import { schedulerUpdates } from './derived.ts';
import { FaultList } from './errors.ts';
import type { Origin } from './errors.ts';
import { KEY_NAMES, isKeyName, keyOf } from './keys.ts';
import type { Config, KeyName } from './keys.ts';
import { layerOf, readFlags, readKeys, readSets } from './override.ts';
import { checkRules, ineffective } from './rules.ts';
import { Settings } from './settings.ts';
import { readConfigText } from './source.ts';
import { COMPETITION } from './xuance.ts';

export interface LoadOptions {
  /** The file to read, or the name that messages show where `text` is given. */
  readonly file?: string;
  /** YAML text instead of a file. */
  readonly text?: string;
  /** Arguments of --set, in order: `key=value`, `env_options.N=5`. */
  readonly sets?: readonly string[];
  /** Values of dedicated flags, by key. */
  readonly flags?: Readonly<Partial<Config>>;
  /** Keys that a program gives: messages call them `config`. */
  readonly keys?: Readonly<Partial<Config>>;
  /** Check only rules between these keys. Default all. */
  readonly about?: readonly KeyName[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** One line each, for standard error. */
  readonly warnings: readonly string[];
  /** Where a value was given: `file:line:column`, `--set N=5`, `--seed`, `config` or `default`. Paths have dots. */
  where(path: string): string;
  /** The file's name as given; null where there was neither file nor text. */
  readonly source: string | null;
}

/**
 * Loads a configuration; without a file and a text it is the defaults.
 * @throws ConfigError with every fault, in the order of the file, then of the command line
 */
export function loadConfig({
  file,
  text,
  sets = [],
  flags = {},
  keys = {},
  about,
}: LoadOptions): LoadedConfig {
  const faults = new FaultList();
  const settings = new Settings(faults);
  const source = file ?? (text === undefined ? null : '<text>');
  if (source !== null) settings.addLayer(readDocument(text ?? readConfigText(source), source, faults));
  settings.addLayer(readSets(sets, faults));
  settings.addLayer(readFlags(flags));
  settings.addLayer(readKeys(keys, faults));

  const config = resolve(settings, source);
  checkRules(config, settings, { where: source ?? 'default', order: 0 }, faults, about);
  faults.throwIfAny();
  return { config, warnings: warningsOf(config, settings, source), where: finder(settings), source };
}

/** Fills in the defaults, those that follow other keys last. */
function resolve(settings: Settings, source: string | null): Config {
  const given = settings.byKey;
  const values = Object.fromEntries(
    KEY_NAMES.map((name) => [
      name,
      structuredClone((given.get(name) ?? { value: keyOf(name).default }).value),
    ]),
  ) as { -readonly [K in KeyName]: Config[K] };
  if (!given.has('start_noise') && !given.has('end_noise')) {
    values.start_noise = values.sigma;
    values.end_noise = values.sigma;
  }
  if (competes(settings)) values.use_parameter_sharing = 'teams';
  if (values.env_name === 'custom')
    values.env_id = absolute(values.env_id, given.get('env_id')?.origin, source);
  if (values.env_name === 'pettingzoo')
    values.python = absolute(values.python, given.get('python')?.origin, source);
  if (!given.has('decay_steps')) values.decay_steps = schedulerUpdates(values);
  return deepFreeze(values);
}

/**
 * Whether XuanCe would train every team by itself, with networks that its agents share: the one key of its machinery
 * that says more than its name. Who asks for use_parameter_sharing on the command line gets what they ask for.
 */
function competes(settings: Settings): boolean {
  const sharing = settings.byKey.get('use_parameter_sharing');
  const inFile = sharing === undefined || layerOf(sharing.origin) === 0;
  return (
    settings.machinery.get('runner')?.value === COMPETITION && inFile && (sharing?.value ?? true) === true
  );
}

/** A path in a file starts at the file's folder, elsewhere at the current one; a bare name stays. */
function absolute(path: string, origin: Origin | undefined, source: string | null): string {
  if (!/^\.{1,2}[/\\]/.test(path)) return path;
  const inFile = origin !== undefined && layerOf(origin) === 0 && source !== null;
  return resolvePath(inFile ? dirname(source) : '.', path);
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[]) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}

function warningsOf(config: Config, settings: Settings, source: string | null): string[] {
  const label = source ?? 'the command line';
  const competition = competes(settings);
  const ignored = [...settings.machinery.keys()].filter((name) => !(competition && name === 'runner'));
  const warnings = ineffective(config).map(({ key, because }) => {
    const where = settings.byKey.get(key)?.origin.where ?? label;
    return `${where}: ${key} has no effect: ${because}`;
  });
  if (competition) {
    warnings.unshift(
      `${settings.machinery.get('runner')!.origin.where}: runner ${COMPETITION}: use_parameter_sharing is teams instead ` +
        'of true, since XuanCe trains every team by itself then; unlike there, joint critics see all teams',
    );
  }
  if (ignored.length > 0) {
    warnings.unshift(`${label}: not used, since they only concern XuanCe's machinery: ${ignored.join(', ')}`);
  }
  return warnings;
}

/** Faults that name a key get the place where the key was given. */
export function located(error: unknown, loaded: Pick<LoadedConfig, 'where'>): unknown {
  if (!(error instanceof UserError)) return error;
  const faults = error.faults.map((fault) => {
    const path = /^([a-z]\w*(?:\.\w+)?): /.exec(fault)?.[1];
    const isKey = path !== undefined && KEY_NAMES.some((key) => key === path.split('.')[0]);
    return isKey ? `${loaded.where(path)}: ${fault}` : fault;
  });
  return new UserError(faults, { exitCode: error.exitCode, cause: error });
}

/** Looks up the place of a path, or of the nearest value around it. */
function finder(settings: Settings): (path: string) => string {
  return (path) => {
    const [key, ...below] = path.split('.') as [string, ...string[]];
    const setting = isKeyName(key) ? settings.byKey.get(key) : undefined;
    if (setting === undefined) return 'default';
    for (let length = below.length; length > 0; length--) {
      const origin = setting.inner.get(below.slice(0, length).join('.'));
      if (origin !== undefined) return origin.where;
    }
    return setting.origin.where;
  };
}
