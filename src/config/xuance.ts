/**
 * What XuanCe's files hold beyond the table of keys: older names, other spellings of values, and keys of its machinery.
 * A machinery key is ignored only if that does not change the result. What such a file implies for other keys is in
 * implied.ts.
 */
import { keyOf, type KeyName } from './keys.ts';

/** Older name -> key. */
export const ALIASES: ReadonlyMap<string, KeyName> = new Map<string, KeyName>([
  ['lr_a', 'learning_rate_actor'],
  ['lr_c', 'learning_rate_critic'],
  ['n_epoch', 'n_epochs'],
  ['recurrent_layer_N', 'N_recurrent_layers'],
]);

/** Keys that XuanCe's files may leave empty: "none" there is the default here. */
const MAY_BE_EMPTY: ReadonlySet<KeyName> = new Set(['gain', 'normalize', 'dropout'] as const);

/** The value in this program's spelling. XuanCe's device may be `cuda:0`, `GPU`, or a GPU's number. */
export function respelled(key: KeyName, value: unknown): unknown {
  if (value === null && MAY_BE_EMPTY.has(key)) return keyOf(key).default;
  if (key !== 'device') return value;
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? 'gpu' : value;
  if (typeof value !== 'string') return value;
  const name = value.toLowerCase();
  if (/^(cuda|gpu)(:\d+)?$/.test(name)) return 'gpu';
  return /^cpu(:0)?$/.test(name) ? 'cpu' : name;
}

/** What has been given, for machinery keys that depend on others. */
interface GivenKeys {
  readonly byKey: ReadonlyMap<KeyName, { readonly value: unknown }>;
  readonly machinery: ReadonlyMap<string, { readonly value: unknown }>;
}

/** A key of XuanCe's machinery. Without `only`, every value is ignored. */
export interface Machinery {
  /** Values that may be ignored; an empty one always may. */
  readonly only?: {
    readonly expected: string;
    readonly holds: (value: unknown, given: GivenKeys) => boolean;
  };
}

const ignored: Machinery = {};

/** Ignored with one of these values. */
function only(...values: readonly unknown[]): Machinery {
  const expected = values.map((value) => JSON.stringify(value)).join(' or ');
  return { only: { expected, holds: (value) => values.includes(value) } };
}

const isRecurrent = ({ byKey }: GivenKeys): boolean => byKey.get('use_rnn')?.value === true;

/** XuanCe has recurrent policies where both this and use_rnn say so. */
const representation: Machinery = {
  only: {
    expected: '"Basic_Identical" or, with use_rnn, "Basic_RNN"',
    holds: (value, given) => value === 'Basic_Identical' || (value === 'Basic_RNN' && isRecurrent(given)),
  },
};

/** Basic_Identical passes observations through and Basic_RNN has fc_hidden_sizes; others have these layers. */
const representationLayers: Machinery = {
  only: {
    expected: '[] unless representation is Basic_Identical',
    holds: (value, given) =>
      (Array.isArray(value) && value.length === 0) ||
      given.machinery.get('representation')?.value === 'Basic_Identical' ||
      isRecurrent(given),
  },
};

/** XuanCe's key of algorithms with a single optimizer; its basic.yaml has it for all. */
const singleRate: Machinery = {
  only: {
    expected: 'learning_rate_actor and learning_rate_critic beside it',
    holds: (_, { byKey }) => byKey.has('learning_rate_actor') && byKey.has('learning_rate_critic'),
  },
};

/** XuanCe's key -> whether it may be ignored. */
export const MACHINERY: ReadonlyMap<string, Machinery> = new Map<string, Machinery>([
  // Classes that XuanCe looks up by name; here `agent` covers them.
  ['learner', ignored],
  ['policy', ignored],
  ['representation', representation],
  ['representation_hidden_size', representationLayers],
  ['vectorize', ignored],
  ['runner', ignored],
  ['on_policy', only(false)],
  // Logging, rendering and launching.
  ['log_dir', ignored],
  ['logger', ignored],
  ['project_name', ignored],
  ['wandb_user_name', ignored],
  ['render', ignored],
  ['render_mode', ignored],
  ['fps', ignored],
  ['sleep', ignored],
  ['test_mode', only(false)],
  ['test_steps', ignored],
  ['distributed_training', only(false)],
  ['master_port', ignored],
  // Masks apply wherever an environment gives them.
  ['use_actions_mask', ignored],
  // Learning rates: these algorithms have two, and XuanCe's never read use_linear_lr_decay (implied.ts).
  ['learning_rate', singleRate],
  ['use_linear_lr_decay', only(true, false)],
]);
