/**
 * Rules between keys: settings that are each in range and yet contradict each other, or that have no effect
 * together. Ranges of single keys stand in keys.ts; what an environment or an engine can do is checked there.
 */
import { algorithmNames, leastCommonMultiple, SOFT_ALGORITHMS } from './derived.ts';
import { shown } from './errors.ts';
import type { FaultList, Origin } from './errors.ts';
import { KEY_NAMES, KEYS, type Config, type KeyName } from './keys.ts';
import { layerOf } from './override.ts';
import type { Settings } from './settings.ts';

/** A contradiction. A fault points at one of the keys that were given. */
interface Rule {
  readonly broken: (config: Config) => boolean;
  /** What a key should be, seen from each of the keys that can be pointed at. */
  readonly expected: Readonly<Partial<Record<KeyName, (config: Config) => string>>>;
  /** What was given, where the key's value does not say it well. */
  readonly got?: (config: Config) => string;
  readonly advice: (config: Config) => string;
}

/** Steps after which the update rule fires for the first time. */
const interval = (c: Config): number => leastCommonMultiple(c.parallels, c.training_frequency);

/** Whether all algorithms of a run are among these. */
function onlyHas(c: Config, ...names: readonly string[]): boolean {
  return algorithmNames(c).every((name) => names.includes(name));
}

/** Whether an algorithm of a run is among these. */
function has(c: Config, ...names: readonly string[]): boolean {
  return algorithmNames(c).some((name) => names.includes(name));
}

/** The algorithms whose targets can do with inferred policies of others. */
const INFERRING: readonly string[] = ['MADDPG', 'MATD3'];

/** The agents that the lists of use_parameter_sharing name more than once. */
function namedTwice({ use_parameter_sharing: sharing }: Config): string[] {
  const names = typeof sharing === 'object' ? sharing.flat() : [];
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** The multiples of `step` around n, without 0. */
function multiplesAround(n: number, step: number): string {
  const below = Math.floor(n / step) * step;
  return below === 0 ? String(step) : `${below} or ${below + step}`;
}

const RULES: readonly Rule[] = [
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
    broken: (c) => c.buffer_size % c.parallels !== 0,
    expected: {
      buffer_size: (c) => `a multiple of parallels (${c.parallels})`,
      parallels: (c) => `a divisor of buffer_size (${c.buffer_size})`,
    },
    advice: (c) => `set buffer_size to ${multiplesAround(c.buffer_size, c.parallels)}`,
  },
  {
    broken: (c) => c.n_step > c.buffer_size / c.parallels && c.buffer_size % c.parallels === 0,
    expected: {
      n_step: (c) => `at most buffer_size / parallels (${c.buffer_size / c.parallels})`,
      buffer_size: (c) => `at least n_step * parallels (${c.n_step * c.parallels})`,
      parallels: (c) => `at most buffer_size / n_step (${Math.floor(c.buffer_size / c.n_step)})`,
    },
    advice: () => 'lower n_step or raise buffer_size',
  },
  {
    broken: (c) => c.train_per_step && interval(c) > c.running_steps,
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
    broken: (c) => !c.train_per_step && c.training_frequency * c.parallels > c.running_steps,
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
    broken: (c) => c.dl_toolbox === 'mindspore' && !onlyHas(c, 'MADDPG'),
    expected: {
      dl_toolbox: (c) => `torch with agent ${algorithmNames(c).join(' and ')}`,
      agent: () => 'MADDPG with dl_toolbox mindspore',
    },
    advice: () => 'set dl_toolbox to torch or agent to MADDPG',
  },
  {
    broken: (c) => c.update_order === 'actor_first' && !onlyHas(c, 'MADDPG', 'IDDPG'),
    expected: {
      update_order: (c) => `critic_first with agent ${algorithmNames(c).join(' and ')}`,
      agent: () => 'MADDPG with update_order actor_first',
    },
    advice: () => 'set update_order to critic_first or agent to MADDPG',
  },
  {
    broken: (c) => c.eval_policy === 'target' && has(c, ...SOFT_ALGORITHMS),
    expected: {
      eval_policy: (c) =>
        `online with agent ${algorithmNames(c).join(' and ')} (ISAC and MASAC keep no target actors)`,
      agent: () => 'MADDPG, MATD3 or IDDPG with eval_policy target',
    },
    advice: () => 'set eval_policy to online or agent to MADDPG, MATD3 or IDDPG',
  },
  {
    broken: (c) => c.infer_policies && c.use_parameter_sharing === true,
    expected: {
      infer_policies: () => 'false with use_parameter_sharing true (one group has nobody to infer)',
      use_parameter_sharing: () =>
        'false, teams or lists with infer_policies true (one group has nobody to infer)',
    },
    advice: () => 'set infer_policies to false or use_parameter_sharing to false or teams',
  },
  {
    broken: (c) => c.infer_policies && !has(c, ...INFERRING),
    expected: {
      infer_policies: (c) => `false with agent ${algorithmNames(c).join(' and ')}`,
      agent: () => 'MADDPG or MATD3 with infer_policies true',
    },
    advice: () => 'set infer_policies to false or agent to MADDPG or MATD3',
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
    broken: (c) => c.ensemble_size > 1 && !onlyHas(c, 'MADDPG', 'MATD3', 'IDDPG'),
    expected: {
      ensemble_size: (c) => `1 with agent ${algorithmNames(c).join(' and ')}`,
      agent: () => 'MADDPG, MATD3 or IDDPG with an ensemble',
    },
    advice: () => 'set ensemble_size to 1 or agent to MADDPG, MATD3 or IDDPG',
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
  {
    broken: (c) =>
      c.target_update === 'hard' && has(c, 'MATD3') && c.sync_frequency % c.actor_update_delay !== 0,
    expected: {
      sync_frequency: (c) =>
        `a multiple of actor_update_delay (${c.actor_update_delay}) with agent MATD3, whose targets move only then`,
      actor_update_delay: (c) => `a divisor of sync_frequency (${c.sync_frequency}) with target_update hard`,
      target_update: (c) =>
        `soft where sync_frequency (${c.sync_frequency}) is no multiple of actor_update_delay (${c.actor_update_delay})`,
    },
    advice: (c) => `set sync_frequency to ${multiplesAround(c.sync_frequency, c.actor_update_delay)}`,
  },
  {
    broken: (c) => namedTwice(c).length > 0,
    expected: { use_parameter_sharing: () => 'each agent in one list only' },
    got: (c) => `${namedTwice(c).join(', ')} more than once`,
    advice: () => 'take the agent out of all lists but one',
  },
];

/** Adds a fault for every rule that is broken and whose keys are sound in themselves; `about`: check only rules between these. */
export function checkRules(
  config: Config,
  settings: Settings,
  nowhere: Origin,
  faults: FaultList,
  about: readonly KeyName[] = KEY_NAMES,
): void {
  for (const rule of RULES) {
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

/** The key to point at: given in the highest layer, and of those the first; defaults are never to blame. */
function blamed(keys: readonly KeyName[], settings: Settings): KeyName {
  const layer = (key: KeyName): number => {
    const origin = settings.byKey.get(key)?.origin;
    return origin === undefined ? -1 : layerOf(origin);
  };
  return keys.reduce((best, key) => (layer(key) > layer(best) ? key : best));
}

/** A setting that does nothing, and why. */
export interface Ineffective {
  readonly key: KeyName;
  readonly because: string;
}

/** Settings that are sound but do nothing, one sentence each. */
export function ineffective(config: Config): Ineffective[] {
  const found: Ineffective[] = [];
  if (config.dl_toolbox === 'mindspore' && config.use_grad_clip) {
    found.push({ key: 'use_grad_clip', because: 'dl_toolbox mindspore never clips' });
  }
  const agents = `agent is ${algorithmNames(config).join(' and ')}`;
  const twins = has(config, 'MATD3');
  // Environments of other kinds have action spaces of their own.
  const choices = config.env_name !== 'mpe' || !config.continuous_action;
  const vectors = config.env_name !== 'mpe' || config.continuous_action;
  const noise = vectors && !onlyHas(config, ...SOFT_ALGORITHMS);
  const silent = vectors ? agents : 'continuous_action is false';
  const linear = config.lr_schedule === 'linear';
  const schedule = `lr_schedule is ${config.lr_schedule}`;
  const foreign = config.env_name === 'pettingzoo';
  const environment = `env_name is ${config.env_name}`;
  for (const [key, on, because] of [
    ['actor_update_delay', twins, agents],
    ['target_noise', twins, agents],
    ['target_noise_clip', twins && config.target_noise > 0, twins ? 'target_noise is 0' : agents],
    ['start_noise', noise || config.start_noise === config.sigma, silent],
    ['end_noise', noise || config.end_noise === config.sigma, silent],
    ['sigma', noise, silent],
    ['noise_process', config.start_noise > 0 || config.end_noise > 0, 'start_noise and end_noise are 0'],
    ['activation_action', vectors, 'continuous_action is false'],
    ['negative_slope', config.activation === 'leaky_relu', `activation is ${config.activation}`],
    ['tau', config.target_update === 'soft', 'target_update is hard'],
    ['end_factor_lr_decay', linear, schedule],
    ['decay_rate', config.lr_schedule === 'exponential', schedule],
    ['grad_clip_norm', config.use_grad_clip, 'use_grad_clip is false'],
    [
      'identity_embedding_mode',
      config.use_parameter_sharing !== false,
      'use_parameter_sharing is false, so that there are no ids',
    ],
    ['python', foreign, environment],
    ['python_timeout', foreign, environment],
    ['gumbel', choices, 'continuous_action is true'],
    ['gumbel_temperature', choices, 'continuous_action is true'],
    ['logit_regularization', choices, 'continuous_action is true'],
    ['huber_delta', config.critic_loss === 'huber', 'critic_loss is mse'],
    ['rewnorm_range', config.use_rewnorm, 'use_rewnorm is false'],
    ['obsnorm_range', config.use_obsnorm, 'use_obsnorm is false'],
    ['noise_theta', config.noise_process === 'ornstein_uhlenbeck', 'noise_process is gaussian'],
    ['priority_alpha', config.replay === 'prioritized', 'replay is uniform'],
    ['priority_beta', config.replay === 'prioritized', 'replay is uniform'],
    ['infer_entropy', config.infer_policies, 'infer_policies is false'],
  ] as const)
    if (!on && config[key] !== KEYS[key].default) found.push({ key, because });
  if (config.env_name !== 'mpe' && !config.continuous_action) {
    found.push({
      key: 'continuous_action',
      because: `environments of env_name ${config.env_name} have action spaces of their own`,
    });
  }
  if (config.normalize !== 'none' && !hasHiddenLayers(config)) {
    found.push({ key: 'normalize', because: 'neither actors nor critics have hidden layers' });
  }
  if (config.dropout > 0 && !hasHiddenLayers(config)) {
    found.push({ key: 'dropout', because: 'neither actors nor critics have hidden layers' });
  }
  return found;
}

function hasHiddenLayers({ actor_hidden_size, critic_hidden_size }: Config): boolean {
  return actor_hidden_size.length + critic_hidden_size.length > 0;
}
