/** Trials: the lines of trials.jsonl. A group is one setting, a trial a group with a seed. */

/** Values of keys by name, with dots below a key: `tau`, `env_options.N`. */
export type Keys = Readonly<Record<string, unknown>>;

export interface Trial {
  /** Of its run directory: DIR/trials/<name>. */
  readonly name: string;
  readonly group: string;
  /** `confirm`: runs only if its group is among the best of the search. */
  readonly phase: 'search' | 'confirm';
  readonly seed: number;
  /** Configuration files in DIR/configs that it starts from; later ones win. */
  readonly configs: readonly string[];
  /** Keys on top of that configuration, `seed` and `env_seed` among them. */
  readonly keys: Keys;
}

/** Where a distribution of a key's values comes from: exactly one of them. */
export interface Space {
  /** Log-uniform between two positive numbers. */
  readonly log?: readonly [number, number];
  /** Uniform. */
  readonly range?: readonly [number, number];
  /** Integers, both ends included. */
  readonly integers?: readonly [number, number];
  readonly choice?: readonly unknown[];
}

export interface Samples {
  readonly count: number;
  readonly method: 'random' | 'sobol';
  readonly seed: number;
  readonly keys: Readonly<Record<string, Space>>;
}

export interface Halving {
  /** Steps at which trials pause, increasing, below running_steps. */
  readonly steps: readonly number[];
  /** Share of a rung that goes on, above 0 and below 1. */
  readonly keep: number;
}

export interface Confirm {
  /** Groups that are trained again. */
  readonly top: number;
  readonly seeds: readonly number[];
  readonly episodes: number;
  readonly test_seed: number;
}

export interface Objective {
  readonly metric: string;
  readonly at: 'last' | 'best';
}

/** A sweep file, checked, with its defaults. */
export interface Sweep {
  /** Each one configuration or several of which later ones win, as `--config` names them. */
  readonly configs: readonly (readonly string[])[];
  readonly set: Keys;
  readonly scenarios: readonly string[];
  readonly algorithms: readonly string[];
  /** Settings by name, each with the keys that make it one. */
  readonly variants: Readonly<Record<string, Keys>>;
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
  readonly samples: Samples | null;
  readonly seeds: readonly number[];
  readonly objective: Objective;
  readonly halving: Halving | null;
  readonly confirm: Confirm | null;
}
