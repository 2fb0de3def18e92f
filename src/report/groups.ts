/** Groups runs: those whose keys agree, but for seeds and keys that cannot change what is learned. */
import type { KeyValue, Run } from './run.ts';

/** Keys in which the runs of a group may differ. */
const IGNORED = new Set([
  ...['seed', 'env_seed', 'test_seed', 'name', 'model_dir', 'python', 'python_timeout', 'threads'],
  ...[
    'log_interval',
    'save_interval',
    'keep_checkpoints',
    'keep_replay',
    'save_replay',
    'max_wall_s',
    'metric_names',
  ],
]);
/** Keys that make an environment; all others make a variant. */
const ENVIRONMENT = ['env_name', 'env_id', 'env_options', 'continuous_action'];
/** A label shows at most this many keys. */
const SHOWN = 3;

/** The keys that all runs of a group share, and those in which they may differ. */
export function splitKeys({ keys }: Run): { readonly shared: Run['keys']; readonly own: Run['keys'] } {
  const part = (isOwn: boolean): Run['keys'] =>
    Object.fromEntries(Object.entries(keys).filter(([key]) => IGNORED.has(key) === isOwn));
  return { shared: part(false), own: part(true) };
}

/** Runs that differ in their seeds only. */
export interface Group {
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

/** The environment's name for people: its id, of a custom one its file's name, and its options if it has any. */
export function environmentName({ keys }: Run): string {
  const name = textOf(keys['env_id']).replace(/^(?:.*[/\\])?([^/\\]+)\.[cm]?[jt]s$/, '$1');
  const options = Object.entries((keys['env_options'] ?? {}) as Record<string, KeyValue>);
  const discrete = keys['continuous_action'] === false ? ', discrete actions' : '';
  return `${name}${options.map(([key, value]) => `, ${key} ${textOf(value)}`).join('')}${discrete}`;
}

/** Keys, other than seeds, that differ between the runs, in the order of the configuration. */
export function differingKeys(runs: readonly Run[]): string[] {
  const names = [...new Set(runs.flatMap(({ keys }) => Object.keys(keys)))];
  return names.filter(
    (name) => !IGNORED.has(name) && new Set(runs.map(({ keys }) => textOf(keys[name]))).size > 1,
  );
}

/**
 * The groups, by environment and then in the order of their first runs. A variant is what differs between the runs of an
 * environment: keys that only differ from one environment to the next, such as the number of steps, do not make one.
 */
export function groupRuns(runs: readonly Run[]): Group[] {
  const environments = [...new Set(runs.map(environmentOf))];
  const inEnvironment = environments.map((one) => runs.filter((run) => environmentOf(run) === one));
  const differing = new Set(inEnvironment.flatMap(differingKeys));
  const keys = ['agent', ...[...differing].filter((key) => key !== 'agent')];
  const variantOf = (run: Run): string => JSON.stringify(keys.map((key) => canonical(run.keys[key] ?? null)));
  const variants = [...new Set(runs.map(variantOf))];
  const labels = labelsOf(
    variants.map((variant) => runs.find((run) => variantOf(run) === variant)!),
    keys.slice(1),
  );
  return environments.flatMap((environment, k) =>
    variants.flatMap((text, variant) => {
      const own = inEnvironment[k]!.filter((run) => variantOf(run) === text);
      return own.length === 0 ? [] : [{ environment, label: labels[variant]!, variant, runs: own }];
    }),
  );
}

/** A line for each seed that counts more than once in a group, as copies of a run do. */
export function repeatedSeeds(runs: readonly Run[]): string[] {
  const groups = groupRuns(runs);
  const isOne = new Set(groups.map(({ environment }) => environment)).size === 1;
  return groups.flatMap(({ label, runs: own }) => {
    const counts = new Map<string, { readonly seed: string; count: number }>();
    for (const { keys } of own) {
      if (keys['seed'] === undefined) continue;
      const seeds = JSON.stringify([keys['seed'], keys['env_seed']]);
      const { count = 0 } = counts.get(seeds) ?? {};
      counts.set(seeds, { seed: textOf(keys['seed']), count: count + 1 });
    }
    const where = isOne ? label : `${label} on ${environmentName(own[0]!)}`;
    return [...counts.values()]
      .filter(({ count }) => count > 1)
      .map(({ seed, count }) => {
        const times = count === 2 ? 'twice' : `${count} times`;
        return `seed ${seed} counts ${times} in ${where}; intervals take runs as independent`;
      });
  });
}

/** One label per variant: the algorithm and the keys, if they are many only as many as tell the variants apart. */
function labelsOf(runs: readonly Run[], keys: readonly string[]): string[] {
  const label = (run: Run, count: number): string =>
    [agentsOf(run), ...keys.slice(0, count).map((key) => `${key} ${textOf(run.keys[key])}`)].join(' · ');
  let shown = Math.min(SHOWN, keys.length);
  while (shown < keys.length && new Set(runs.map((run) => label(run, shown))).size < runs.length) shown += 1;
  const rest = keys.length - shown;
  const more = rest === 0 ? '' : ` · and ${rest} more ${rest === 1 ? 'key' : 'keys'}`;
  return runs.map((run) => label(run, shown) + more);
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
