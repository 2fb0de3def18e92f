// What `npm run results` trains: tasks, and per task the sweeps whose trials are its rows.
import { loadConfig } from '../../dist/config/load.js';
import { packagedConfigs, resolveConfigPath } from '../../dist/config/source.js';
import { makeVectorEnv } from '../../dist/envs/registry.js';
import { sidesOf } from '../../dist/envs/sides.js';

/** Seeds that took no part in tuning. */
export const SEEDS = [101, 102, 103, 104, 105];
/** Greedy episodes of the last checkpoint, and of each pairing in cross-play: `maddpg eval --episodes 500`. */
export const EPISODES = 500;

/**
 * @typedef {object} Task
 * @property {string} name of its files and its heading
 * @property {string} id of its environment
 * @property {string} config packaged configuration
 * @property {string} agent its algorithm
 * @property {readonly string[]} parts that are trained for it
 * @property {boolean} opposed whether it has opponents, who are measured in cross-play
 */

/** Parts in the order in which they are worked off. */
export const PARTS = ['ours', 'untuned', 'algorithms', 'documented', 'xuance', 'ablation', 'memory'];
/** Those that compare variants of their own, in configs/sweeps/<part>. */
export const STUDIES = ['ablation', 'memory'];

const OURS = ['ours'];
const ALL = ['ours', 'algorithms', 'documented', 'xuance'];
const OPPOSED = ['untuned', ...ALL];
/** @type {readonly [name: string, parts: readonly string[]][]} */
const TABLE = [
  ['simple', ALL],
  ['simple_spread', [...ALL, ...STUDIES]],
  ['simple_spread_best', OURS],
  ['simple_spread_plain', OURS],
  ['simple_spread_discrete', OURS],
  ['simple_reference', [...ALL, 'memory']],
  ['simple_reference_discrete', OURS],
  ['simple_speaker_listener', [...ALL, 'memory']],
  ['simple_speaker_listener_discrete', OURS],
  ['simple_formation', ALL],
  ['simple_line', ALL],
  ['collect_treasure', ALL],
  ['simple_adversary', OPPOSED],
  ['simple_adversary_discrete', OURS],
  ['simple_push', OPPOSED],
  ['simple_tag', [...OPPOSED, ...STUDIES]],
  ['simple_tag_discrete', OURS],
  ['simple_crypto', OPPOSED],
  ['simple_world_comm', OPPOSED],
];

/** @param {string} name of a packaged configuration */
export function configOf(name) {
  return loadConfig({ file: [resolveConfigPath(name, process.cwd())], sets: [] }).config;
}

/** @type {readonly Task[]} */
export const TASKS = TABLE.map(([name, parts]) => {
  const config = `mpe/${name}.yaml`;
  const { agent, env_id: id } = configOf(config);
  return { name, config, agent, parts, id, opposed: sidesOf(makeVectorEnv(id, {}, 1)).length > 1 };
});

/** @param {string} name */
export const taskOf = (name) => TASKS.find((task) => task.name === name);

/** One recipe for all with opponents, chosen before any tuning. */
const UNTUNED = 'scripts/results/untuned.yaml';

/** Algorithms by name: keys on top of ours. The soft ones have no target actors to evaluate. */
const ALGORITHMS = {
  MADDPG: { agent: 'MADDPG' },
  MATD3: { agent: 'MATD3' },
  IDDPG: { agent: 'IDDPG' },
  ISAC: { agent: 'ISAC', eval_policy: 'online' },
  MASAC: { agent: 'MASAC', eval_policy: 'online' },
};

/** Symmetries may hand one agent's part to another, who plays a sub-policy of its own. */
const ENSEMBLE = { ensemble: { ensemble_size: 3, augmentation: 'none' } };

/**
 * The sweep file of a part of a task; undefined for studies. Its variants are the rows; XuanCe's settings get no variant, as they
 * have one row.
 * @param {Task} task
 * @param {string} part
 */
export function sweepOf({ name, id, config, agent, opposed }, part) {
  const ours = configOf(config);
  const task = {
    ...{ env_id: id, continuous_action: ours.continuous_action },
    use_parameter_sharing: ours.use_parameter_sharing,
  };
  switch (part) {
    case 'ours':
      return { config, variants: { [agent]: {} }, seeds: SEEDS };
    case 'algorithms': {
      const others = Object.entries(ALGORITHMS).filter(([algorithm]) => algorithm !== agent);
      const variants = { ...Object.fromEntries(others), ...(opposed && ENSEMBLE) };
      return { config, variants, seeds: SEEDS };
    }
    case 'untuned':
      return { config: UNTUNED, set: task, seeds: SEEDS.slice(0, 1) };
    case 'documented':
      // XuanCe's documented update and values, with our steps and updates.
      return {
        config: 'xuance/documented/simple_spread_v3.yaml',
        set: {
          ...task,
          running_steps: ours.running_steps,
          parallels: ours.parallels,
          buffer_size: ours.buffer_size,
          start_training: ours.start_training,
          train_per_step: true,
          training_frequency: ours.training_frequency,
          eval_interval: ours.eval_interval,
          test_episode: ours.test_episode,
          save_interval: ours.running_steps,
        },
        seeds: SEEDS,
      };
    case 'xuance': {
      const own = `xuance/maddpg/${id}.yaml`;
      const set = { eval_interval: 500_000, test_episode: 100, save_interval: 10_000_000 };
      if (packagedConfigs().includes(own)) return { config: own, set, seeds: SEEDS };
      return { config: 'xuance/maddpg/simple_spread_v3.yaml', set: { ...task, ...set }, seeds: SEEDS };
    }
    default:
      if (STUDIES.includes(part)) return undefined;
      throw new Error(`${name}: expected one of ${PARTS.join(', ')}, got ${part}`);
  }
}

/**
 * What trains one run of each row, as a command line.
 * @param {Task} task
 * @returns {readonly (readonly [setting: string, command: string])[]}
 */
export function commandsOf(task) {
  return task.parts.flatMap((part) => {
    const sweep = sweepOf(task, part);
    if (sweep === undefined) return [];
    const { config, set = {}, variants = { [part]: {} }, seeds } = sweep;
    return Object.entries(variants).map(([setting, keys]) => {
      const sets = Object.entries({ ...set, ...keys }).map(([key, value]) => ` --set ${key}=${value}`);
      return [setting, `npx maddpg train --config ${config}${sets.join('')} --seed ${seeds[0]}`];
    });
  });
}
