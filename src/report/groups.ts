/** Groups runs: those whose keys agree, but for seeds and keys that cannot change what is learned. */
import type { KeyValue, Run } from './run.ts';

/** Keys in which the runs of a group may differ. */
const IGNORED = new Set([
  ...['seed', 'env_seed', 'test_seed', 'name', 'model_dir', 'python', 'python_timeout', 'threads'],
  ...['log_interval', 'save_interval', 'keep_checkpoints', 'keep_replay', 'max_wall_s', 'metric_names'],
]);
/** Keys that make an environment; all others make a variant. */
const ENVIRONMENT = ['env_name', 'env_id', 'env_options', 'continuous_action'];
/** A label shows at most this many keys. */
const SHOWN = 3;

/** Runs that differ in their seeds only. */
export interface Group {
  /** All keys that count, as text; unique. */
  readonly id: string;
  /** The same environment has the same text. */
  readonly environment: string;
  /** The keys that differ from other variants. Unique within an environment. */
  readonly label: string;
  /** Index among the variants of all environments: its color. */
  readonly variant: number;
  readonly runs: readonly Run[];
}

/** The environment of a run as text: equal texts are the same environment. */
export function environmentOf({ keys }: Run): string {
  return JSON.stringify(ENVIRONMENT.map((key) => canonical(keys[key] ?? null)));
}

/** The environment's name for people: its id, and its options if it has any. */
export function environmentName({ keys }: Run): string {
  const options = Object.entries((keys['env_options'] ?? {}) as Record<string, KeyValue>);
  const discrete = keys['continuous_action'] === false ? ', discrete actions' : '';
  return `${textOf(keys['env_id'])}${options.map(([name, value]) => `, ${name} ${textOf(value)}`).join('')}${discrete}`;
}

/** Keys, other than seeds, that differ between the runs, in the order of the configuration. */
export function differingKeys(runs: readonly Run[]): string[] {
  const names = [...new Set(runs.flatMap(({ keys }) => Object.keys(keys)))];
  return names.filter(
    (name) => !IGNORED.has(name) && new Set(runs.map(({ keys }) => textOf(keys[name]))).size > 1,
  );
}

/** The groups, by environment and then in the order of their first runs. */
export function groupRuns(runs: readonly Run[]): Group[] {
  const variants = [...new Set(runs.map(variantOf))];
  const labels = labelsOf(variants.map((variant) => runs.find((run) => variantOf(run) === variant)!));
  const environments = [...new Set(runs.map(environmentOf))];
  return environments.flatMap((environment) =>
    variants.flatMap((text, variant) => {
      const own = runs.filter((run) => environmentOf(run) === environment && variantOf(run) === text);
      if (own.length === 0) return [];
      return [{ id: `${environment} ${text}`, environment, label: labels[variant]!, variant, runs: own }];
    }),
  );
}

function variantOf({ keys }: Run): string {
  const names = Object.keys(keys).filter((name) => !IGNORED.has(name) && !ENVIRONMENT.includes(name));
  return JSON.stringify(names.sort().map((name) => [name, canonical(keys[name]!)]));
}

/** One label per variant: the differing keys, as few as tell the variants apart if they are many. */
function labelsOf(runs: readonly Run[]): string[] {
  const differing = differingKeys(runs).filter((key) => !ENVIRONMENT.includes(key));
  const label = (run: Run, keys: readonly string[]): string =>
    [agentsOf(run), ...keys.map((key) => `${key} ${textOf(run.keys[key])}`)].join(' · ');
  const keys = differing.filter((key) => key !== 'agent');
  let shown = Math.min(SHOWN, keys.length);
  const unique = (): boolean =>
    new Set(runs.map((run) => label(run, keys.slice(0, shown)))).size === runs.length;
  while (shown < keys.length && !unique()) shown += 1;
  const rest = keys.length - shown;
  const more = rest === 0 ? '' : ` · and ${rest} more ${rest === 1 ? 'key' : 'keys'}`;
  return runs.map((run) => label(run, keys.slice(0, shown)) + more);
}

function agentsOf({ keys: { agent = null } }: Run): string {
  return typeof agent === 'object' && agent !== null && !Array.isArray(agent)
    ? Object.entries(agent)
        .map(([team, name]) => `${team} ${textOf(name)}`)
        .join(', ')
    : textOf(agent);
}

/** A value as people write it in YAML; a dash for none. */
export function textOf(value: KeyValue | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(canonical(value));
}

/** The value with the keys of its mappings sorted. */
function canonical(value: KeyValue): KeyValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly KeyValue[]).map(canonical);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, canonical(one)]),
  );
}
