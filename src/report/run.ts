/** A run as a report knows it: its keys and its metrics. read-runs.ts reads it from a run directory. */

/** A value of a configuration. */
export type KeyValue =
  string | number | boolean | null | readonly KeyValue[] | { readonly [key: string]: KeyValue };

export interface Run {
  /** The folder's name. */
  readonly name: string;
  /** The folder, as it was given. */
  readonly path: string;
  /** config.yaml */
  readonly keys: Readonly<Record<string, KeyValue>>;
  /** Numbers by metric, one per record; NaN where a record lacks the metric. `step` and `wall_s` (seconds) always exist. */
  readonly metrics: Readonly<Record<string, Float64Array>>;
}

/** Returns of 100 episodes of two policies that nobody trained. */
export interface Baseline {
  /** Mean return by who earns it: `''` for the mean over agents, `team NAME`, or an agent's name. */
  readonly random: Readonly<Record<string, number>>;
  /** null if the environment has no scripted controller. */
  readonly scripted: Readonly<Record<string, number>> | null;
}

/** All that a report shows. */
export interface ReportData {
  readonly runs: readonly Run[];
  /** Baselines by environment (environmentOf()). */
  readonly baselines: Readonly<Record<string, Baseline>>;
}

/** What a packed report says before its numbers (packing.ts). */
export interface PackedHead {
  readonly runs: readonly {
    readonly name: string;
    readonly path: string;
    readonly keys: Readonly<Record<string, KeyValue>>;
    readonly records: number;
    readonly metrics: readonly string[];
  }[];
  readonly baselines: Readonly<Record<string, Baseline>>;
  /** Bytes that are kept of each float64, the most significant first. */
  readonly bytes: number;
  /** Only every n-th record is kept, counted from the last. */
  readonly every: number;
}

/** A run's player in a page: its element, deflated, in base64, or one line that says why there is none. */
export type PackedPlayer = { readonly packed: string } | { readonly absent: string };

/** What a watched page hears when runs have changed. */
export interface News {
  /** What pack() made. */
  readonly data: string;
  /** By path of the run. */
  readonly players: Readonly<Record<string, PackedPlayer>>;
}
