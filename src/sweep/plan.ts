/** Plans sweeps: Sweep -> trials, one group per setting. The same file gives the same trials. */
import * as path from 'node:path';
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import type { Config } from '../config/keys.ts';
import { UserError } from '../core/user-error.ts';
import { prefixed } from '../core/within.ts';
import { checkWithoutCode } from '../run/train.ts';
import { drawSamples } from './spaces.ts';
import { MOST_TRIALS } from './sweep-file.ts';
import type { Keys, Sweep, Trial } from './trial.ts';

export interface Plan {
  readonly trials: readonly Trial[];
  /** Files to copy to DIR/configs, by the name that trials use. */
  readonly configs: ReadonlyMap<string, string>;
  /** The configuration of the first trial of each group. */
  readonly settings: ReadonlyMap<string, Config>;
}

/** What distinguishes a group: the values in its name, its configuration files, and its keys. */
interface Setting {
  readonly labels: readonly string[];
  readonly configs: readonly string[];
  readonly keys: Keys;
}

/**
 * Plans a sweep whose file is in `folder`, and checks every setting.
 * @throws UserError if a configuration is missing or a setting at fault, naming its group
 */
export async function planSweep(sweep: Sweep, folder: string): Promise<Plan> {
  const configs = new Map<string, string>();
  const nameOf = (given: string): string => copyName(configFile(given, folder), configs);
  const settings = settingsOf(sweep, nameOf);
  const seeds = sweep.seeds.length + (sweep.confirm?.seeds.length ?? 0);
  if (settings.length * seeds > MOST_TRIALS)
    throw new UserError(
      `sweep: expected at most ${MOST_TRIALS} trials, got ${settings.length * seeds}; leave out values of the grid`,
    );
  const width = String(settings.length).length;
  const checked = new Map<string, Config>();
  const trials: Trial[] = [];
  for (const [k, setting] of settings.entries()) {
    const number = String(k + 1).padStart(width, '0');
    const group = settings.length === 1 ? 'run' : [number, ...setting.labels].join('-').slice(0, 80);
    const config = await configOf(setting, configs, group);
    checked.set(group, config);
    if (sweep.halving !== null && sweep.halving.steps.at(-1)! >= config.running_steps)
      throw new UserError(
        `halving.steps: expected fewer than running_steps (${config.running_steps}), got ${sweep.halving.steps.at(-1)!}`,
      );
    const trialsOf = (phase: Trial['phase'], seed: number): Trial => ({
      ...{ name: `${group}-s${seed}`, group, phase, seed, configs: setting.configs },
      keys: { ...setting.keys, ...pathsOf(config), seed, env_seed: seed },
    });
    trials.push(
      ...sweep.seeds.map((seed) => trialsOf('search', seed)),
      ...(sweep.confirm?.seeds ?? []).map((seed) => trialsOf('confirm', seed)),
    );
  }
  requireDistinct(trials);
  return { trials, configs, settings: checked };
}

/** The file of a configuration that a sweep file in `folder` names: a path starts there, a bare name is what it is for --config. */
export function configFile(given: string, folder: string): string {
  return /^\.{1,2}[/\\]/.test(given) ? path.resolve(folder, given) : resolveConfigPath(given, process.cwd());
}

/** Arguments of `--set` for keys: YAML contains JSON. */
export function setsOf(keys: Keys): string[] {
  return Object.entries(keys).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
}

/** All combinations of configurations, scenarios, algorithms, variants, grid and samples, in this order. */
function settingsOf(sweep: Sweep, nameOf: (given: string) => string): Setting[] {
  const { scenarios, algorithms, variants, grid, samples } = sweep;
  let settings: Setting[] = sweep.configs.map((files) => {
    const configs = files.map(nameOf);
    const labels = sweep.configs.length > 1 ? configs.map((file) => slug(path.parse(file).name)) : [];
    // One thread per trial is the fastest where trials run side by side. Replay buffers of a thousand would fill the disk.
    return { labels, configs, keys: { threads: 1, save_replay: 'unfinished', ...sweep.set } };
  });
  const times = (choices: readonly { readonly label: string; readonly keys: Keys }[]): void => {
    settings = settings.flatMap((setting) =>
      choices.map(({ label, keys }) => ({
        ...setting,
        labels: choices.length > 1 ? [...setting.labels, label] : setting.labels,
        keys: { ...setting.keys, ...keys },
      })),
    );
  };
  const along = (key: string, values: readonly unknown[]): void => {
    times(values.map((value) => ({ label: slug(value), keys: { [key]: value } })));
  };
  if (scenarios.length > 0) along('env_id', scenarios);
  if (algorithms.length > 0) along('agent', algorithms);
  const named = Object.entries(variants);
  if (named.length > 0) times(named.map(([name, keys]) => ({ label: slug(name), keys })));
  for (const [key, values] of Object.entries(grid)) along(key, values);
  // A sample's values would make long names; its number is in the group's own.
  if (samples !== null) times(drawSamples(samples).map((keys, k) => ({ label: `sample${k + 1}`, keys })));
  return settings;
}

/** The name of a file's copy: its own, with a number if another file has it. */
function copyName(file: string, copies: Map<string, string>): string {
  const { name } = path.parse(file);
  for (let n = 1; ; n++) {
    const copy = n === 1 ? `${name}.yaml` : `${name}-${n}.yaml`;
    if ((copies.get(copy) ?? file) !== file) continue;
    copies.set(copy, file);
    return copy;
  }
}

async function configOf(setting: Setting, copies: Plan['configs'], group: string): Promise<Config> {
  const file = setting.configs.map((name) => copies.get(name)!);
  try {
    const loaded = loadConfig({ file, sets: setsOf(setting.keys) });
    await checkWithoutCode(loaded);
    return loaded.config;
  } catch (error) {
    throw prefixed(group, error);
  }
}

/** Keys whose values are paths, which the copies in another folder could not resolve. */
function pathsOf({ env_name, env_id, python, init_from, opponents }: Config): Keys {
  return {
    ...(env_name === 'custom' && { env_id }),
    ...(env_name === 'pettingzoo' && path.isAbsolute(python) && { python }),
    ...(init_from !== null && { init_from }),
    ...(opponents.some((at) => path.isAbsolute(at)) && { opponents }),
  };
}

function requireDistinct(trials: readonly Trial[]): void {
  const names = new Set<string>();
  for (const { name } of trials) {
    if (names.has(name))
      throw new UserError(
        `sweep: expected trials of different names, got ${name} twice; see seeds and confirm.seeds`,
      );
    names.add(name);
  }
}

/** A value as part of a folder's name: `0.01`, `simple_spread_v3`, `256x256`. */
function slug(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text
    .toLowerCase()
    .replace(/,/g, 'x')
    .replace(/[^a-z0-9._+-]+/g, '')
    .slice(0, 24);
}
