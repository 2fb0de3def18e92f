/**
 * Keys that follow from others. XuanCe's runners and its older releases mean more than their files write down,
 * `dl_toolbox: mindspore` is a variant of several keys, use_rnn makes some count episodes, and --seed means two. Values from
 * the command line or a program stay, except for update_order with mindspore, which has one only.
 */
import { algorithmNames, schedulerUpdates } from './derived.ts';
import { inFile, shown } from './errors.ts';
import type { Origin } from './errors.ts';
import { KEYS, type Config, type KeyName } from './keys.ts';
import { EPISODES } from './keys/shared.ts';
import { flagOf } from './override.ts';
import type { Settings } from './settings.ts';
import { yamlOf } from './show.ts';

/** A warning, and the machinery key that it explains, if any. */
export interface Note {
  readonly line: string;
  readonly explains?: string;
}

/** Runners with which XuanCe trains each team by itself. Its registry lost RunnerPettingzoo, its files did not. */
const PER_TEAM_RUNNERS: readonly unknown[] = ['RunnerCompetition', 'Pettingzoo_Runner', 'RunnerPettingzoo'];

/** The training loop of XuanCe's documented generation, before 1.2. */
const DOCUMENTED_RUNNER = 'Pettingzoo_Runner';

/** Its successors, which never read train_per_step. */
const LATER_RUNNERS: readonly unknown[] = ['MARL', 'RunnerCompetition', 'RunnerPettingzoo'];

/** Algorithms that explore by noise on their actions. */
const NOISY: readonly string[] = ['MADDPG', 'MATD3', 'IDDPG'];

/** Algorithms whose actors moved first in the releases that spell learning rates lr_a and lr_c; MATD3's did not. */
const ACTOR_FIRST: readonly string[] = ['MADDPG', 'IDDPG', 'ISAC', 'MASAC'];

/** Those of them that have both orders here (IDDPG: only this one). */
const EITHER_ORDER: readonly string[] = ['MADDPG', 'IDDPG'];

/** Algorithms whose critics see nobody else. */
const LOCAL: readonly string[] = ['IDDPG', 'ISAC'];

/** MATD3's actor_update_delay in the documented generation. */
const DOCUMENTED_DELAY = 3;

/** In order: later rules see what earlier ones set. */
const RULES = [
  seedOfEnvironments,
  episodes,
  mindspore,
  perTeam,
  documentedLoop,
  laterLoop,
  olderOrder,
  unreadKeys,
  deviceIndex,
];

/** Sets all implied keys. Returns one note for each thing that the reader of the file may not expect. */
export function imply(settings: Settings): Note[] {
  return RULES.flatMap((rule) => rule(settings));
}

/** Whether the command line or a program gave a key: then it stays. */
function asked({ byKey }: Settings, key: KeyName): boolean {
  const setting = byKey.get(key);
  return setting !== undefined && !setting.implied && !inFile(setting.origin);
}

function algorithmsOf(settings: Settings): string[] {
  return algorithmNames({ agent: settings.valueOf('agent') });
}

/** Collects `key value` pairs while it sets them. */
class Implied {
  readonly #settings: Settings;
  readonly #origin: Origin;
  readonly words: string[] = [];

  constructor(settings: Settings, origin: Origin) {
    this.#settings = settings;
    this.#origin = origin;
  }

  set<K extends KeyName>(key: K, value: Config[K]): void {
    this.#settings.imply(key, value, this.#origin);
    this.words.push(`${key} ${yamlOf(value)}`);
  }
}

/** The flag --seed sets env_seed too: runs that differ in their seed alone should not meet the same episodes. */
function seedOfEnvironments(settings: Settings): Note[] {
  const seed = settings.byKey.get('seed');
  if (seed?.origin.where === flagOf('seed') && !asked(settings, 'env_seed'))
    settings.imply('env_seed', settings.valueOf('seed'), seed.origin);
  return [];
}

/** Recurrent policies learn from episodes: how long these are, and how many are kept and sampled. */
function episodes(settings: Settings): Note[] {
  const { byKey } = settings;
  const recurrent = byKey.get('use_rnn');
  if (recurrent?.value !== true) return [];
  const cycles = settings.valueOf('env_options')['max_cycles'];
  if (!byKey.has('episode_length') && settings.valueOf('env_name') === 'mpe' && isCount(cycles))
    settings.imply('episode_length', cycles, byKey.get('env_options')!.origin);
  const episode = { unit: 'episodes', length: settings.valueOf('episode_length') };
  const sequence = settings.valueOf('sequence_length');
  const sampled = sequence === null ? episode : { unit: 'sequences', length: sequence };
  const notes: Note[] = [];
  for (const [key, { unit, length }] of [
    ['buffer_size', episode],
    ['batch_size', sampled],
  ] as const) {
    const given = byKey.get(key);
    if (given === undefined) settings.imply(key, EPISODES[key], recurrent.origin);
    else if (settings.valueOf(key) >= KEYS[key].default)
      notes.push({
        line:
          `${given.origin.where}: ${key} ${settings.valueOf(key)} counts ${unit} with use_rnn, up to ` +
          `${settings.valueOf(key) * length} steps; the default is ${EPISODES[key]} ${unit}`,
      });
  }
  return notes;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000_000;
}

/** The MindSpore variant: its schedule, slope and output activation as defaults, its order always. */
function mindspore(settings: Settings): Note[] {
  const toolbox = settings.byKey.get('dl_toolbox');
  if (toolbox?.value !== 'mindspore') return [];
  const notes: Note[] = [];
  const order = settings.byKey.get('update_order');
  if (order?.value === 'critic_first')
    notes.push({
      line: `${order.origin.where}: update_order has no effect: dl_toolbox mindspore moves the actor first`,
    });
  const output = settings.byKey.get('activation_action');
  if (output !== undefined && output.value !== 'tanh')
    notes.push({
      line:
        `${output.origin.where}: activation_action ${String(output.value)} differs from XuanCe's MindSpore actors, which ` +
        'end in tanh; set activation_action to tanh to follow them',
    });
  const byDefault = <K extends KeyName>(key: K, value: Config[K]): void => {
    if (!settings.byKey.has(key)) settings.imply(key, value, toolbox.origin);
  };
  // Otherwise the toolbox itself is a fault (rules.ts).
  if (algorithmsOf(settings).every((name) => EITHER_ORDER.includes(name)))
    settings.imply('update_order', 'actor_first', toolbox.origin);
  byDefault('lr_schedule', 'exponential');
  byDefault('negative_slope', 0.2);
  byDefault('activation_action', 'tanh');
  return notes;
}

/**
 * Runners that train each team by itself: its agents share networks and its critics see its own agents only. Asking for
 * use_parameter_sharing true asks for something else.
 */
function perTeam(settings: Settings): Note[] {
  const runner = settings.machinery.get('runner');
  if (runner === undefined || !PER_TEAM_RUNNERS.includes(runner.value)) return [];
  const shared = settings.valueOf('use_parameter_sharing') === true;
  const askedFor = asked(settings, 'use_parameter_sharing');
  const implied = new Implied(settings, runner.origin);
  if (shared && !askedFor) implied.set('use_parameter_sharing', 'teams');
  const joint = algorithmsOf(settings).some((name) => !LOCAL.includes(name));
  if (joint && !(shared && askedFor) && !settings.byKey.has('critic_scope'))
    implied.set('critic_scope', 'team');
  if (implied.words.length === 0) return [];
  const line = `${runner.origin.where}: XuanCe's ${String(runner.value)} trains each team by itself: ${implied.words.join(', ')}`;
  return [{ line, explains: 'runner' }];
}

/**
 * XuanCe's loop before 1.2: an update after every round (or training_frequency steps) from the first one on, constant
 * noise, and schedules over running_steps updates, of which far fewer happen.
 */
function documentedLoop(settings: Settings): Note[] {
  const runner = settings.machinery.get('runner');
  if (runner?.value !== DOCUMENTED_RUNNER) return [];
  const { byKey } = settings;
  const implied = new Implied(settings, runner.origin);
  const replace = <K extends KeyName>(key: K, value: Config[K]): void => {
    if (!asked(settings, key) && settings.valueOf(key) !== value) implied.set(key, value);
  };
  replace('start_training', 0);
  if (!settings.valueOf('train_per_step')) replace('training_frequency', 1);
  const noisy = algorithmsOf(settings).some((name) => NOISY.includes(name));
  if (noisy && (byKey.has('start_noise') || byKey.has('end_noise'))) {
    replace('start_noise', settings.valueOf('sigma'));
    replace('end_noise', settings.valueOf('sigma'));
  }
  if (algorithmsOf(settings).includes('MATD3') && !byKey.has('actor_update_delay'))
    implied.set('actor_update_delay', DOCUMENTED_DELAY);
  const steps = settings.valueOf('running_steps');
  const schedule = settings.valueOf('lr_schedule');
  if (schedule === 'exponential' && !byKey.has('decay_steps')) implied.set('decay_steps', steps);
  if (schedule === 'linear' && !byKey.has('end_factor_lr_decay'))
    implied.set('end_factor_lr_decay', 1 - 0.5 * Math.min(1, updatesOf(settings) / steps));
  if (implied.words.length === 0) return [];
  const line = `${runner.origin.where}: XuanCe's ${DOCUMENTED_RUNNER} always trains with ${implied.words.join(', ')}`;
  return [{ line, explains: 'runner' }];
}

/** XuanCe's loops since 1.2 count steps only, though some of its files still have train_per_step. */
function laterLoop(settings: Settings): Note[] {
  const runner = settings.machinery.get('runner')?.value;
  const perStep = settings.byKey.get('train_per_step');
  if (!LATER_RUNNERS.includes(runner) || perStep?.value !== false || !inFile(perStep.origin)) return [];
  settings.imply('train_per_step', true, perStep.origin);
  return [
    { line: `${perStep.origin.where}: XuanCe's ${String(runner)} always trains with train_per_step true` },
  ];
}

/** Updates over which this program's linear schedule runs. */
function updatesOf(settings: Settings): number {
  return schedulerUpdates({
    running_steps: settings.valueOf('running_steps'),
    start_training: settings.valueOf('start_training'),
    training_frequency: settings.valueOf('training_frequency'),
    parallels: settings.valueOf('parallels'),
    n_epochs: settings.valueOf('n_epochs'),
    use_rnn: settings.valueOf('use_rnn'),
    episode_length: settings.valueOf('episode_length'),
  });
}

/** Files that spell the learning rates lr_a and lr_c are of releases whose actors moved first. */
function olderOrder(settings: Settings): Note[] {
  const rates = (['learning_rate_actor', 'learning_rate_critic'] as const).map((key) =>
    settings.byKey.get(key),
  );
  const rate = rates.find((setting) => setting && /^lr_[ac]$/.test(setting.name) && inFile(setting.origin));
  if (rate === undefined || settings.byKey.has('update_order')) return [];
  const { where } = rate.origin;
  const algorithms = algorithmsOf(settings);
  const moved = algorithms.filter((name) => ACTOR_FIRST.includes(name));
  if (moved.length === 0) return [];
  const older = 'in the XuanCe releases that have this key';
  if (!algorithms.every((name) => EITHER_ORDER.includes(name))) {
    const names = moved.join(' and ');
    return [
      { line: `${where}: ${rate.name}: ${names} moved actors first ${older}; here critics move first` },
    ];
  }
  settings.imply('update_order', 'actor_first', rate.origin);
  // IDDPG has no other order.
  if (!algorithms.includes('MADDPG')) return [];
  return [{ line: `${where}: ${rate.name}: update_order actor_first, as ${older}` }];
}

/** Keys that XuanCe accepts and does not read, if someone could rely on them. */
function unreadKeys({ machinery, byKey }: Settings): Note[] {
  const notes: Note[] = [];
  const layers = machinery.get('representation_hidden_size');
  if (Array.isArray(layers?.value) && layers.value.length > 0)
    notes.push({
      line:
        `${layers.origin.where}: representation_hidden_size has no effect: ` +
        (byKey.get('use_rnn')?.value === true
          ? 'with use_rnn, these layers are fc_hidden_sizes'
          : 'representation Basic_Identical has no layers'),
      explains: 'representation_hidden_size',
    });
  const decay = machinery.get('use_linear_lr_decay');
  if (decay?.value === false && !byKey.has('lr_schedule'))
    notes.push({
      line:
        `${decay.origin.where}: use_linear_lr_decay has no effect, as in XuanCe, whose learners of this family always ` +
        'decay the rate linearly; for a constant rate set lr_schedule to constant',
      explains: 'use_linear_lr_decay',
    });
  return notes;
}

/** A GPU's number is accepted, but the engine takes the first one. */
function deviceIndex({ byKey }: Settings): Note[] {
  const device = byKey.get('device');
  const index = /(?:^|:)(\d+)$/.exec(String(device?.written))?.[1];
  if (device?.value !== 'gpu' || index === undefined || Number(index) === 0) return [];
  return [
    {
      line:
        `${device.origin.where}: device ${shown(device.written)} is gpu, the first one that is visible; to choose it, set ` +
        `the environment variable CUDA_VISIBLE_DEVICES to ${index}`,
    },
  ];
}
