/**
 * What XuanCe's own files hold beyond the table of keys: older names, other spellings of values, and keys
 * that only concern XuanCe's machinery. Data for load.ts, explain.ts and schema.ts; it changes no meaning:
 * a machinery key whose value would change what is computed is a fault, never ignored.
 */
import { keyOf, type KeyName } from './keys.ts';

/** An older name of a key. */
export interface Alias {
  readonly key: KeyName;
  /** What the alias takes where that differs from its key, and how it is translated. */
  readonly translated?: {
    readonly expected: string;
    /** The key's value, or null (which none of these keys takes) where the alias's is at fault. */
    readonly value: (given: unknown) => unknown;
  };
}

/** Older name -> key. */
export const ALIASES: ReadonlyMap<string, Alias> = new Map<string, Alias>([
  ['lr_a', { key: 'learning_rate_actor' }],
  ['lr_c', { key: 'learning_rate_critic' }],
  ['n_epoch', { key: 'n_epochs' }],
  [
    'use_linear_lr_decay',
    {
      key: 'lr_schedule',
      translated: {
        expected: 'true or false',
        value: (given) => (given === true ? 'linear' : given === false ? 'constant' : null),
      },
    },
  ],
]);

/** Keys that XuanCe's files may leave empty: nothing is then what this program does by default. */
const MAY_BE_EMPTY: ReadonlySet<KeyName> = new Set(['initialize', 'gain', 'normalize', 'dropout'] as const);

/** Other spellings of a key's values: empty ones, and those that XuanCe's basic.yaml documents. */
export function respelled(key: KeyName, value: unknown): unknown {
  if (value === null && MAY_BE_EMPTY.has(key)) return keyOf(key).default;
  if (key !== 'device' || typeof value !== 'string') return value;
  return value.toLowerCase().replace(/^cuda(:\d+)?$/, 'gpu');
}

/** A key of XuanCe's machinery. Without `only`, every value is ignored. */
export interface Machinery {
  /** The values that mean what this program does anyway. */
  readonly only?: { readonly expected: string; readonly holds: (value: unknown) => boolean };
}

const ignored: Machinery = {};

/** Ignored where it has one of these values or none at all. */
function only(...values: readonly unknown[]): Machinery {
  const expected =
    values.length === 0 ? 'nothing' : values.map((value) => JSON.stringify(value)).join(' or ');
  return { only: { expected, holds: (value) => value === null || values.includes(value) } };
}

const emptyList: Machinery = {
  only: {
    expected: '[] (actors and critics see the observation itself)',
    holds: (value) => value === null || (Array.isArray(value) && value.length === 0),
  },
};

/** The value of `runner` with which XuanCe trains every team by itself; load.ts says what follows from it. */
export const COMPETITION = 'RunnerCompetition';

/** XuanCe's key -> whether it may be ignored. */
export const MACHINERY: ReadonlyMap<string, Machinery> = new Map<string, Machinery>([
  // Classes that XuanCe looks up by name; here `agent` says all of it.
  ['learner', ignored],
  ['policy', ignored],
  ['representation', only('Basic_Identical')],
  ['representation_hidden_size', emptyList],
  ['vectorize', ignored],
  ['runner', ignored],
  ['on_policy', only(false)],
  // Logs, pictures and how XuanCe is started.
  ['log_dir', ignored],
  ['logger', ignored],
  ['project_name', ignored],
  ['wandb_user_name', ignored],
  ['render', ignored],
  ['render_mode', ignored],
  ['fps', ignored],
  ['sleep', ignored],
  ['test_mode', ignored],
  ['test_steps', ignored],
  ['distributed_training', only(false)],
  ['master_port', ignored],
  // Recurrent networks: the details mean nothing while use_rnn is false.
  ['use_rnn', only(false)],
  ['rnn', ignored],
  ['fc_hidden_sizes', ignored],
  ['recurrent_hidden_size', ignored],
  ['N_recurrent_layers', ignored],
  ['recurrent_layer_N', ignored],
  // What would change networks or updates.
  ['use_actions_mask', only(false)],
  ['use_global_state', only(false)],
  // The temperature of the soft actor is always tuned, from 1; the fixed one is then unused, as in XuanCe.
  ['use_automatic_entropy_tuning', only(true)],
  ['alpha', ignored],
]);
