/**
 * YAML texts, --set, flags and keys -> one frozen Config. Every value keeps its place, so that later stages can report
 * their own faults (an environment's option, an agent's name) with file, line and column. Precedence: defaults < files in
 * order < --set < flags and keys. Reads no files and needs no Node: load.ts is the Node side.
 */
import { oneLine } from '../core/one-line.ts';
import { readDocument } from './document.ts';
import { schedulerUpdates } from './derived.ts';
import { FaultList, SET_LAYER, inFile } from './errors.ts';
import type { Origin } from './errors.ts';
import { imply, type Note } from './implied.ts';
import { KEY_NAMES, isKeyName, keyOf } from './keys.ts';
import type { Config, KeyName } from './keys.ts';
import { readFlags, readKeys, readSets } from './override.ts';
import { checkRules, effects, ineffective, RULES, type Effect, type Rule } from './rules.ts';
import { Settings } from './settings.ts';

/** YAML text with the name that messages show. */
export interface ConfigSource {
  readonly name: string;
  readonly text: string;
}

export interface ResolveOptions {
  /** Files; later ones win. In all but the last, a key without a value counts as not given. */
  readonly sources?: readonly ConfigSource[];
  /** Arguments of --set, in order: `key=value`, `env_options.N=5`. */
  readonly sets?: readonly string[];
  /** Values of dedicated flags, by key. */
  readonly flags?: Readonly<Partial<Config>>;
  /** Keys that a program gives; messages call their place `config`. */
  readonly keys?: Readonly<Partial<Config>>;
  /** Names that the key `agent` takes besides the built-in algorithms. */
  readonly agents?: readonly string[];
  /** The last file is a run's config.yaml: a key that it lacks had the value of the version that wrote it. */
  readonly recorded?: boolean;
  /** Check only rules between these keys. Default: all. */
  readonly about?: readonly KeyName[];
  /** Makes a path absolute. `source` is the file that gave it, if any. Left out: paths stay as they are. */
  readonly toPath?: (path: string, source: string | undefined) => string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** One line each, for standard error. */
  readonly warnings: readonly string[];
  /** The place of a value: `file:line:column`, `--set N=5`, `--seed`, `config` or `default`. Paths have dots. */
  readonly where: (path: string) => string;
  /** Who gave a key: nobody, a file, or the caller (the command line or a program). */
  readonly givenBy: (key: KeyName) => 'default' | 'file' | 'caller';
  /** The name of the last file; null without files. */
  readonly source: string | null;
  /** Checks further rules, of stages that know more. Throws ConfigError with all faults. */
  readonly check: (rules: readonly Rule[]) => void;
  /** A warning for each key that was set and has no effect. */
  readonly withoutEffect: (effects: readonly Effect[]) => string[];
}

/**
 * Resolves a configuration; without any sources it is the defaults.
 * @throws ConfigError with all faults, sorted by file, then by the command line
 */
export function resolveConfig(options: ResolveOptions): LoadedConfig {
  const { sources = [], sets = [], flags = {}, keys = {}, agents, about } = options;
  const faults = new FaultList();
  const settings = new Settings(faults, agents);
  sources.forEach(({ name, text }, layer) => {
    const emptyIsUnset = layer < sources.length - 1;
    settings.addLayer(readDocument(text, name, faults, layer), { emptyIsUnset });
  });
  settings.addLayer(readSets(sets, faults));
  settings.addLayer(readFlags(flags));
  settings.addLayer(readKeys(keys, faults));
  settings.checkMachinery();
  settings.checkRetired();

  if (options.recorded) settings.addEarlier(sources.at(-1)!.name);
  const notes = imply(settings);
  const config = fillIn(settings, options);
  const source = sources.at(-1)?.name ?? null;
  const nowhere = source === null ? undefined : { where: source, layer: 0, order: 0 };
  refuseBulk(config, settings, faults);
  const check = (rules: readonly Rule[], found: FaultList): void => {
    checkRules(rules, { config, settings, nowhere, about }, found);
    found.throwIfAny();
  };
  check(RULES, faults);
  const withoutEffect = (found: readonly Effect[]): string[] =>
    ineffective(config, found).flatMap(({ key, because }) => {
      const setting = settings.byKey.get(key);
      // Not given: a default derived from other keys.
      if (setting === undefined || setting.implied) return [];
      return [`${setting.origin.where}: ${key} has no effect: ${because}`];
    });
  return {
    config,
    warnings: [
      ...unused(settings, sources, notes),
      ...notes.map(({ line }) => line),
      ...withoutEffect(effects(config)),
    ].map(oneLine),
    where: (path) => placeOf(settings, path),
    givenBy: (key) => {
      const origin = settings.byKey.get(key)?.origin;
      return origin === undefined ? 'default' : inFile(origin) ? 'file' : 'caller';
    },
    source,
    check: (rules) => {
      check(rules, new FaultList());
    },
    withoutEffect,
  };
}

/** Fills in the defaults, those that follow other keys last. */
function fillIn(settings: Settings, { sources = [], toPath = (path) => path }: ResolveOptions): Config {
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
  const path = (key: KeyName, value: string): string => {
    const origin = given.get(key)?.origin;
    return toPath(value, origin && sources[origin.layer]?.name);
  };
  if (values.env_name === 'custom') values.env_id = path('env_id', values.env_id);
  if (values.env_name === 'pettingzoo') values.python = path('python', values.python);
  if (values.init_from !== null) values.init_from = path('init_from', values.init_from);
  values.opponents = values.opponents.map((at) => path('opponents', at));
  if (!given.has('decay_steps')) values.decay_steps = schedulerUpdates(values);
  return deepFreeze(values);
}

/**
 * Most values, and bytes of them as JSON, in a configuration. With room for names, signs and comments, so that the run's
 * config.yaml is within the limits of document.ts.
 */
const MOST_VALUES = 2000;
const MOST_BYTES = 100_000;

/** Adds a fault at the largest key of a configuration that could be written and not be read again. */
function refuseBulk(config: Config, settings: Settings, faults: FaultList): void {
  const bulks = KEY_NAMES.map((key) => {
    const json = JSON.stringify(config[key]);
    return { key, values: countOf(config[key]), bytes: new TextEncoder().encode(json).length };
  });
  for (const [unit, most] of [
    ['values', MOST_VALUES],
    ['bytes', MOST_BYTES],
  ] as const) {
    if (bulks.reduce((sum, bulk) => sum + bulk[unit], 0) <= most) continue;
    const largest = bulks.reduce((one, other) => (other[unit] > one[unit] ? other : one));
    const origin = settings.byKey.get(largest.key)?.origin;
    faults.add(
      origin,
      `${largest.key}: expected at most ${most} ${unit} in all keys together, got ${largest[unit]}`,
    );
    return;
  }
}

/** The values in a value, itself included. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countOf(inner), 1);
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[]) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}

/** One line a file: the machinery keys in it that nothing else is said about. */
function unused({ machinery }: Settings, sources: readonly ConfigSource[], notes: readonly Note[]): string[] {
  const explained = new Set(notes.map(({ explains }) => explains));
  const byLayer = new Map<number, string[]>();
  for (const [name, { origin }] of machinery)
    if (!explained.has(name)) byLayer.set(origin.layer, [...(byLayer.get(origin.layer) ?? []), name]);
  return [...byLayer]
    .sort(([a], [b]) => a - b)
    .map(([layer, names]) => {
      const label = layer < SET_LAYER ? sources[layer]!.name : 'the command line';
      return `${label}: not used, since they only concern XuanCe's machinery: ${names.join(', ')}`;
    });
}

/** The place of a path, or of the nearest value around it. */
function placeOf(settings: Settings, path: string): string {
  const [key, ...below] = path.split('.') as [string, ...string[]];
  const setting = isKeyName(key) ? settings.byKey.get(key) : undefined;
  if (setting === undefined) return 'default';
  for (let length = below.length; length > 0; length--) {
    const origin: Origin | undefined = setting.inner.get(below.slice(0, length).join('.'));
    if (origin !== undefined) return origin.where;
  }
  return setting.origin.where;
}
