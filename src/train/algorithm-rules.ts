/**
 * Rules between keys that follow from the algorithms' declared abilities and designs. Algorithm names appear only in
 * messages.
 */
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { multiplesAround, type Effect, type Rule } from '../config/rules.ts';
import type { Algorithm } from '../learners/algorithm.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';

type Can = (algorithm: Algorithm) => boolean;

/** Whether actors sample their actions, and so get no exploration noise. */
export const isStochastic: Can = ({ design }) => design.actorHead === 'gaussian';

const hasTargetActors: Can = ({ design }) => design.targets.includes('actor');
const infersOthers: Can = ({ design }) => design.infersOthers === true;
const ensembles: Can = ({ abilities }) => abilities.ensembles;
const mindspore: Can = ({ abilities }) => abilities.toolboxes.includes('mindspore');
const actorFirst: Can = ({ abilities }) => abilities.updateOrders.includes('actor_first');
const delays: Can = ({ abilities }) => abilities.keys.includes('actor_update_delay');

/** `A, B or C` */
export function either(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)!}` : (names[0] ?? 'none');
}

/** Names of the algorithms in `table` that satisfy `can`. */
export function able(table: AlgorithmTable, can: Can): string[] {
  return Object.keys(table).filter((name) => can(table[name]!));
}

/** Rules for configurations whose `agent` names algorithms of `table`. */
export function algorithmRules(table: AlgorithmTable = ALGORITHMS): Rule[] {
  const of = (config: Config): Algorithm[] => algorithmNames(config).map((name) => table[name]!);
  const all = (config: Config, can: Can): boolean => of(config).every(can);
  const some = (config: Config, can: Can): boolean => of(config).some(can);
  const names = (can: Can): string => either(able(table, can));
  const agent = (config: Config): string => `agent ${algorithmNames(config).join(' and ')}`;
  return [
    {
      broken: (c) => c.dl_toolbox === 'mindspore' && !all(c, mindspore),
      expected: {
        dl_toolbox: (c) => `torch with ${agent(c)}`,
        agent: () => `${names(mindspore)} with dl_toolbox mindspore`,
      },
      advice: () => `set dl_toolbox to torch or agent to ${names(mindspore)}`,
    },
    {
      broken: (c) => c.update_order === 'actor_first' && !all(c, actorFirst),
      expected: {
        update_order: (c) => `critic_first with ${agent(c)}`,
        agent: () => `${names(actorFirst)} with update_order actor_first`,
      },
      advice: () => `set update_order to critic_first or agent to ${names(actorFirst)}`,
    },
    {
      broken: (c) => c.eval_policy === 'target' && !all(c, hasTargetActors),
      expected: {
        eval_policy: (c) =>
          `online with ${agent(c)} (${able(table, (a) => !hasTargetActors(a)).join(' and ')} have no target actors)`,
        agent: () => `${names(hasTargetActors)} with eval_policy target`,
      },
      advice: () => `set eval_policy to online or agent to ${names(hasTargetActors)}`,
    },
    {
      broken: (c) => c.infer_policies && !some(c, infersOthers),
      expected: {
        infer_policies: (c) => `false with ${agent(c)}`,
        agent: () => `${names(infersOthers)} with infer_policies true`,
      },
      advice: () => `set infer_policies to false or agent to ${names(infersOthers)}`,
    },
    {
      broken: (c) => c.ensemble_size > 1 && !all(c, ensembles),
      expected: {
        ensemble_size: (c) => `1 with ${agent(c)}`,
        agent: () => `${names(ensembles)} with an ensemble`,
      },
      advice: () => `set ensemble_size to 1 or agent to ${names(ensembles)}`,
    },
    {
      broken: (c) =>
        c.target_update === 'hard' && some(c, delays) && c.sync_frequency % c.actor_update_delay !== 0,
      expected: {
        sync_frequency: (c) =>
          `a multiple of actor_update_delay (${c.actor_update_delay}) with agent ${names(delays)}, which updates targets only then`,
        actor_update_delay: (c) =>
          `a divisor of sync_frequency (${c.sync_frequency}) with target_update hard`,
        target_update: (c) =>
          `soft unless sync_frequency (${c.sync_frequency}) is a multiple of actor_update_delay (${c.actor_update_delay})`,
      },
      advice: (c) => `set sync_frequency to ${multiplesAround(c.sync_frequency, c.actor_update_delay)}`,
    },
  ];
}

/** Effects of keys that depend on the algorithm. */
export function algorithmEffects(config: Config, table: AlgorithmTable = ALGORITHMS): Effect[] {
  const algorithms = algorithmNames(config).map((name) => table[name]!);
  const agent = `agent is ${algorithmNames(config).join(' and ')}`;
  const box = config.env_name !== 'mpe' || config.continuous_action;
  const noise = box && !algorithms.every(isStochastic);
  const silent = box ? agent : 'continuous_action is false';
  const special = new Set(Object.values(table).flatMap(({ abilities }) => abilities.keys));
  const read = new Set(algorithms.flatMap(({ abilities }) => abilities.keys));
  return [
    ...[...special].map((key): Effect => [key, read.has(key), agent]),
    [
      'alpha',
      !config.use_automatic_entropy_tuning || !read.has('alpha'),
      'use_automatic_entropy_tuning is true',
    ],
    ['target_noise_clip', config.target_noise > 0 || !read.has('target_noise_clip'), 'target_noise is 0'],
    ['start_noise', noise || config.start_noise === config.sigma, silent],
    ['end_noise', noise || config.end_noise === config.sigma, silent],
    ['sigma', noise, silent],
  ];
}
