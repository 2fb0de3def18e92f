/**
 * Rules between keys: values that are each in range but contradict each other, and values without effect. Ranges of
 * single keys are in keys/; algorithms, environments and engines check what they support themselves.
 */
import { leastCommonMultiple } from '../core/math.ts';
import { shown } from './errors.ts';
import type { FaultList, Origin } from './errors.ts';
import { KEY_NAMES, KEYS, type Config, type KeyName } from './keys.ts';
import type { Settings } from './settings.ts';

/** A contradiction. The fault points at one of the given keys. */
export interface Rule {
  readonly broken: (config: Config) => boolean;
  /** For each key that the fault may point at: what it should be. */
  readonly expected: Readonly<Partial<Record<KeyName, (config: Config) => string>>>;
  /** What was given, if the key's value says too little. */
  readonly got?: (config: Config) => string;
  readonly advice: (config: Config) => string;
}

/** Steps between updates. */
const interval = (c: Config): number => leastCommonMultiple(c.parallels, c.training_frequency);

/** The agents that the lists of use_parameter_sharing name more than once. */
function namedTwice({ use_parameter_sharing: sharing }: Config): string[] {
  const names = typeof sharing === 'object' ? sharing.flat() : [];
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** The multiples of `step` next to n, 0 excluded. */
export function multiplesAround(n: number, step: number): string {
  const below = Math.floor(n / step) * step;
  return below === 0 ? String(step) : `${below} or ${below + step}`;
}

/** What recurrent policies do not have: a key, its only value with use_rnn, and why. */
const RECURRENT = [
  ['replay', 'uniform', 'priorities are those of transitions'],
  ['n_step', 1, 'targets bootstrap from the next step'],
  ['ensemble_size', 1, 'sub-policies are feed-forward'],
  ['infer_policies', false, 'approximate policies are feed-forward'],
  ['normalize', 'none', 'recurrent networks have no layer normalization'],
] as const satisfies readonly (readonly [KeyName, unknown, string])[];

export const RULES: readonly Rule[] = [
  {
    broken: (c) => c.start_training > c.running_steps,
    expected: {
      start_training: (c) => `at most running_steps (${c.running_steps})`,
      running_steps: (c) => `at least start_training (${c.start_training})`,
    },
    advice: () => 'lower start_training or raise running_steps',
  },
  {
    broken: (c) => c.batch_size > c.buffer_size,
    expected: {
      batch_size: (c) => `at most buffer_size (${c.buffer_size})`,
      buffer_size: (c) => `at least batch_size (${c.batch_size})`,
    },
    advice: () => 'lower batch_size or raise buffer_size',
  },
  {
    broken: (c) => !c.use_rnn && c.buffer_size % c.parallels !== 0,
    expected: {
      buffer_size: (c) => `a multiple of parallels (${c.parallels})`,
      parallels: (c) => `a divisor of buffer_size (${c.buffer_size})`,
    },
    advice: (c) => `set buffer_size to ${multiplesAround(c.buffer_size, c.parallels)}`,
  },
  {
    broken: (c) => !c.use_rnn && c.n_step > c.buffer_size / c.parallels && c.buffer_size % c.parallels === 0,
    expected: {
      n_step: (c) => `at most buffer_size / parallels (${c.buffer_size / c.parallels})`,
      buffer_size: (c) => `at least n_step * parallels (${c.n_step * c.parallels})`,
      parallels: (c) => `at most buffer_size / n_step (${Math.floor(c.buffer_size / c.n_step)})`,
    },
    advice: () => 'lower n_step or raise buffer_size',
  },
  {
    broken: (c) => !c.use_rnn && c.train_per_step && interval(c) > c.running_steps,
    expected: {
      training_frequency: (c) =>
        `a number whose least common multiple with parallels (${c.parallels}) is at most running_steps (${c.running_steps})`,
      parallels: (c) =>
        `a number whose least common multiple with training_frequency (${c.training_frequency}) is at most running_steps (${c.running_steps})`,
      running_steps: (c) =>
        `at least ${interval(c)}, the least common multiple of parallels (${c.parallels}) and training_frequency (${c.training_frequency})`,
    },
    advice: (c) =>
      `no update would ever happen; set training_frequency to ${c.parallels} or running_steps to ${interval(c)} or more`,
  },
  {
    broken: (c) => !c.use_rnn && !c.train_per_step && c.training_frequency * c.parallels > c.running_steps,
    expected: {
      training_frequency: (c) =>
        `at most running_steps / parallels (${Math.floor(c.running_steps / c.parallels)}) rounds with train_per_step false`,
      parallels: (c) =>
        `at most running_steps / training_frequency (${Math.floor(c.running_steps / c.training_frequency)}) with train_per_step false`,
      running_steps: (c) =>
        `at least training_frequency * parallels (${c.training_frequency * c.parallels}) with train_per_step false`,
      train_per_step: (c) =>
        `true with a training_frequency of ${c.training_frequency}, which counts rounds otherwise`,
    },
    advice: () => 'no update would ever happen; lower training_frequency or raise running_steps',
  },
  {
    broken: (c) => c.device === 'gpu' && (c.engine === 'reference' || c.engine === 'wasm'),
    expected: {
      device: (c) => `cpu with engine ${c.engine}`,
      engine: () => 'auto or tensorflow with device gpu',
    },
    advice: () => 'set device to cpu or engine to tensorflow',
  },
  {
    broken: (c) => c.infer_policies && c.use_parameter_sharing === true,
    expected: {
      infer_policies: () => 'false with use_parameter_sharing true (there is no other group to infer)',
      use_parameter_sharing: () =>
        'false, teams or lists with infer_policies true (there is no other group to infer)',
    },
    advice: () => 'set infer_policies to false or use_parameter_sharing to false or teams',
  },
  {
    broken: (c) => c.use_global_state && c.env_name !== 'mpe',
    expected: {
      use_global_state: (c) => `false with env_name ${c.env_name}, whose environments have no state`,
      env_name: () => 'mpe with use_global_state true',
    },
    advice: () => 'set use_global_state to false: critics see all observations',
  },
  {
    broken: (c) => c.infer_policies && c.augmentation === 'symmetries',
    expected: {
      infer_policies: () => 'false with augmentation symmetries (its actions are not what the others did)',
      augmentation: () =>
        'none with infer_policies true (symmetries show actions that the others did not take)',
    },
    advice: () => 'set infer_policies to false or augmentation to none',
  },
  {
    broken: (c) => c.ensemble_size > 1 && c.augmentation !== 'none',
    expected: {
      ensemble_size: (c) =>
        `1 with augmentation ${c.augmentation}, which may hand one agent's part to another`,
      augmentation: () => 'none with an ensemble, whose sub-policies learn from what they did themselves',
    },
    advice: () => 'set ensemble_size to 1 or augmentation to none',
  },
  {
    broken: (c) => c.ensemble_size > 1 && c.replay === 'prioritized',
    expected: {
      ensemble_size: () => '1 with replay prioritized',
      replay: () => 'uniform with an ensemble, whose sub-policies have a replay each',
    },
    advice: () => 'set ensemble_size to 1 or replay to uniform',
  },
  {
    broken: (c) => c.ensemble_size > 1 && c.infer_policies,
    expected: {
      ensemble_size: () => '1 with infer_policies true, which takes each of the others to be one policy',
      infer_policies: () => 'false with an ensemble, whose sub-policies are not one policy',
    },
    advice: () => 'set ensemble_size to 1 or infer_policies to false',
  },
  ...RECURRENT.map(([key, only, why]): Rule => ({
    broken: (c) => c.use_rnn && c[key] !== only,
    expected: {
      [key]: () => `${String(only)} with use_rnn true (${why})`,
      use_rnn: (c) => `false with ${key} ${String(c[key])} (${why})`,
    },
    advice: () => `set ${key} to ${String(only)} or use_rnn to false`,
  })),
  {
    broken: (c) => c.use_rnn && c.sequence_length !== null && c.sequence_length > c.episode_length,
    expected: {
      sequence_length: (c) => `at most episode_length (${c.episode_length})`,
      episode_length: (c) => `at least sequence_length (${c.sequence_length})`,
    },
    advice: () => 'lower sequence_length, or set it to null for whole episodes',
  },
  {
    broken: (c) => c.use_rnn && c.sequence_length === null && c.burn_in > 0,
    expected: {
      burn_in: () => '0 without sequence_length (whole episodes begin with zero states)',
      sequence_length: (c) => `a number of steps with burn_in ${c.burn_in}`,
    },
    advice: () => 'set sequence_length or take burn_in out',
  },
  {
    broken: (c) => c.use_rnn && c.sequence_length !== null && c.burn_in > c.sequence_length,
    expected: {
      burn_in: (c) => `at most sequence_length (${c.sequence_length})`,
      sequence_length: (c) => `at least burn_in (${c.burn_in})`,
    },
    advice: () => 'lower burn_in or raise sequence_length',
  },
  {
    broken: (c) =>
      c.use_rnn && c.sequence_length !== null && c.sequence_start === 'stored' && c.augmentation !== 'none',
    expected: {
      sequence_start: (c) =>
        `zeros with augmentation ${c.augmentation} (stored states have no mirror images)`,
      augmentation: () => 'none with sequence_start stored (stored states have no mirror images)',
    },
    advice: () => 'set sequence_start to zeros, with burn_in, or augmentation to none',
  },
  {
    broken: (c) => c.opponents.length > 0 && c.best_team === null,
    expected: {
      opponents: () => '[] without best_team, whose side plays against them',
      best_team: () => 'a team with opponents',
    },
    advice: () => 'set best_team to the team to judge, or take the opponents out',
  },
  {
    broken: (c) => new Set(c.opponents).size < c.opponents.length,
    expected: { opponents: () => 'each opponent once' },
    advice: () => 'take the second one out',
  },
  {
    broken: (c) => namedTwice(c).length > 0,
    expected: { use_parameter_sharing: () => 'each agent in one list only' },
    got: (c) => `${namedTwice(c).join(', ')} more than once`,
    advice: () => 'take the agent out of all lists but one',
  },
];

/** What rules are checked on. */
interface Checked {
  readonly config: Config;
  readonly settings: Settings;
  /** The place of a key that nobody gave, if there is a file. */
  readonly nowhere: Origin | undefined;
  /** Only rules between these keys. Default: all. */
  readonly about?: readonly KeyName[] | undefined;
}

/** Adds a fault for every broken rule whose keys are valid by themselves. */
export function checkRules(
  rules: readonly Rule[],
  { config, settings, nowhere, about = KEY_NAMES }: Checked,
  faults: FaultList,
): void {
  for (const rule of rules) {
    const keys = Object.keys(rule.expected) as KeyName[];
    if (keys.some((key) => !about.includes(key))) continue;
    if (keys.some((key) => settings.faulty.has(key)) || !rule.broken(config)) continue;
    const key = blamed(keys, settings);
    const got = rule.got?.(config) ?? shown(config[key]);
    const expected = rule.expected[key]!(config);
    const origin = settings.byKey.get(key)?.origin ?? nowhere;
    faults.add(origin, `${key}: expected ${expected}, got ${got}; ${rule.advice(config)}`);
  }
}

/** The key to point at: the first of those given in the highest layer. Defaults are never to blame. */
function blamed(keys: readonly KeyName[], settings: Settings): KeyName {
  const layer = (key: KeyName): number => settings.byKey.get(key)?.origin.layer ?? -1;
  return keys.reduce((best, key) => (layer(key) > layer(best) ? key : best));
}

/** A key without effect, and why. */
export interface Ineffective {
  readonly key: KeyName;
  readonly because: string;
}

/** A key, whether it has an effect, and why not where it has none. */
export type Effect = readonly [key: KeyName, effective: boolean, because: string];

/** The keys that were set to something other than their default and have no effect. */
export function ineffective(config: Config, effects: readonly Effect[]): Ineffective[] {
  const isDefault = (key: KeyName): boolean =>
    JSON.stringify(config[key]) === JSON.stringify(KEYS[key].default);
  return effects.flatMap(([key, effective, because]) =>
    effective || isDefault(key) ? [] : [{ key, because }],
  );
}

/** Whether keys have an effect, as far as other keys decide it. */
export function effects(config: Config): Effect[] {
  const schedule = `lr_schedule is ${config.lr_schedule}`;
  const isMpe = config.env_name === 'mpe';
  const foreign = config.env_name === 'pettingzoo';
  const environment = `env_name is ${config.env_name}`;
  // Other environments have action spaces of their own.
  const discrete = !isMpe || !config.continuous_action;
  const box = !isMpe || config.continuous_action;
  const hidden = config.actor_hidden_size.length + config.critic_hidden_size.length > 0;
  const flat = 'neither actors nor critics have hidden layers';
  const feedForward = 'use_rnn is false';
  const rounds = 'with use_rnn, updates follow rounds of episodes';
  const inexact = config.engine === 'tensorflow' || config.device === 'gpu';
  return [
    ['use_grad_clip', config.dl_toolbox !== 'mindspore', 'dl_toolbox mindspore never clips'],
    ['activation_action', box, 'continuous_action is false'],
    ['negative_slope', config.activation === 'leaky_relu', `activation is ${config.activation}`],
    ['tau', config.target_update === 'soft', 'target_update is hard'],
    ['sync_frequency', config.target_update === 'hard', 'target_update is soft'],
    ['end_factor_lr_decay', config.lr_schedule === 'linear', schedule],
    ['decay_rate', config.lr_schedule === 'exponential', schedule],
    ['grad_clip_norm', config.use_grad_clip, 'use_grad_clip is false'],
    [
      'identity_embedding_mode',
      config.use_parameter_sharing !== false,
      'use_parameter_sharing is false, so there are no ids',
    ],
    ['python', foreign, environment],
    ['python_timeout', foreign, environment],
    ['gumbel', discrete, 'continuous_action is true'],
    ['gumbel_temperature', discrete, 'continuous_action is true'],
    ['logit_regularization', discrete, 'continuous_action is true'],
    ['action_regularization', box, 'continuous_action is false'],
    ['obsnorm_range', config.use_obsnorm, 'use_obsnorm is false'],
    ['priority_alpha', config.replay === 'prioritized', 'replay is uniform'],
    ['priority_beta', config.replay === 'prioritized', 'replay is uniform'],
    ['infer_entropy', config.infer_policies, 'infer_policies is false'],
    [
      'continuous_action',
      isMpe,
      `environments of env_name ${config.env_name} have action spaces of their own`,
    ],
    ['arithmetic', !inexact, 'engine tensorflow rounds in its own way'],
    ['normalize', hidden, flat],
    ...(config.use_rnn
      ? ([
          ['dropout', config.N_recurrent_layers > 1, 'it acts between recurrent layers, and there is one'],
          ['training_frequency', false, rounds],
          ['train_per_step', false, rounds],
          ['sequence_start', config.sequence_length !== null, 'sequence_length is null'],
        ] as const)
      : ([
          ['dropout', hidden, flat],
          ['rnn', false, feedForward],
          ['fc_hidden_sizes', false, feedForward],
          ['recurrent_hidden_size', false, feedForward],
          ['N_recurrent_layers', false, feedForward],
          ['recurrent_critics', false, feedForward],
          ['episode_length', false, feedForward],
          ['sequence_length', false, feedForward],
          ['sequence_start', false, feedForward],
          ['burn_in', false, feedForward],
        ] as const)),
  ];
}
