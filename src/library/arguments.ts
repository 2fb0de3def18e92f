/**
 * Constructor arguments of a learner as in XuanCe: (config, policy, optimizer, scheduler, device, model_dir, gamma,
 * sync_frequency), validated here so that mistakes surface at construction.
 */
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { respelled } from '../config/xuance.ts';
import { described } from '../core/described.ts';
import { nearest } from '../core/nearest.ts';
import { UserError } from '../core/user-error.ts';
import { LEARNER_KEYS } from '../learners/learner-config.ts';
import type { LearnerParts } from '../learners/learner.ts';
import { designOf, type Algorithm } from '../learners/algorithm.ts';
import { ALGORITHMS } from '../learners/registry.ts';
import type { PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { Policy } from '../policy/policy.ts';
import { algorithmRules } from '../train/algorithm-rules.ts';
import { algorithmOfGroup } from '../train/build.ts';
import { requireFittingActions } from '../train/checks.ts';
import { readOptimizers, type Optimizers, type Schedulers } from './optimizers.ts';

/** PyTorch device; `cuda`, `cuda:0` and 0 mean gpu. */
export type Device = 'cpu' | 'gpu' | 'cuda' | `cuda:${number}` | number;

/** Fifth and later arguments, by name. */
export interface LearnerOptions {
  /** Must match the device of the policy's engine. */
  readonly device?: Device | null;
  /** Default folder of saveModel() and loadModel(). Default './'. */
  readonly modelDir?: string;
  /** Discount factor. Default config.gamma. */
  readonly gamma?: number;
  /** Updates between hard target updates (`target_update: hard`). Default config.sync_frequency. */
  readonly syncFrequency?: number;
  /** Seed of the noise in update(). Default config.seed. */
  readonly seed?: number;
}

type FirstArguments = [
  /** Config keys; missing ones take the key table's defaults. Network and run keys have no effect. */
  config: Partial<Config>,
  policy: Policy,
  /** [actor, critic] */
  optimizer: Optimizers,
  /** [actor, critic]; null or undefined (the whole or an entry): constant learning rate. */
  scheduler?: Schedulers | undefined,
];

/** Positional as in XuanCe, or with options as the fifth argument. */
export type LearnerArguments =
  | [...FirstArguments, options?: LearnerOptions | undefined]
  | [
      ...FirstArguments,
      device?: Device | null | undefined,
      modelDir?: string | undefined,
      gamma?: number | undefined,
      syncFrequency?: number | undefined,
    ];

/** Validated arguments. */
export interface LearnerSetup {
  readonly algorithmOf: (group: ParameterGroup) => Algorithm;
  readonly parts: LearnerParts & { readonly config: Config };
  readonly modelDir: string;
  /** config.env_id, if given. */
  readonly envId: string | undefined;
}

/** `agent`: the algorithm of the class, or algorithms by team. Throws UserError. */
export function readArguments(agent: Config['agent'], args: LearnerArguments): LearnerSetup {
  const [given, policy, optimizer, scheduler, fifth, ...rest] = args;
  const options = readOptions(fifth, rest);
  const config = readConfig(agent, given, options);
  requirePolicy(policy);
  requireDevice('device', options.device, policy);
  requireDevice('config.device', given.device, policy);
  requireFittingActions(config, policy.spec);
  const algorithmOf = algorithmOfGroup(config, policy.spec, ALGORITHMS);
  for (const group of policy.groups) requireDesign(designOf(algorithmOf(group), config), policy, group);
  const optimizers = readOptimizers(config, policy, { optimizer, scheduler });
  return {
    algorithmOf,
    parts: { config, policy, ...optimizers },
    modelDir: options.modelDir ?? './',
    envId: given.env_id,
  };
}

const OPTIONS = ['device', 'modelDir', 'gamma', 'syncFrequency', 'seed'] as const;

/** Fifth and later arguments by name, without null and undefined. */
function readOptions(fifth: unknown, rest: readonly unknown[]): LearnerOptions {
  const byName = typeof fifth === 'object' && fifth !== null;
  if (byName && rest.some((value) => value !== undefined))
    throw new UserError(
      `options: expected no further arguments, got ${rest.length}; move them into the options`,
    );
  const [modelDir, gamma, syncFrequency] = rest;
  const given = Object.entries(byName ? fifth : { device: fifth, modelDir, gamma, syncFrequency });
  for (const [name] of given) {
    if (OPTIONS.some((option) => option === name)) continue;
    const meant = nearest(name, OPTIONS);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    throw new UserError(`options: expected names among ${OPTIONS.join(', ')}, got ${described(name)}${hint}`);
  }
  const options = Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null));
  if (
    options['modelDir'] !== undefined &&
    (typeof options['modelDir'] !== 'string' || options['modelDir'] === '')
  )
    throw new UserError(`modelDir: expected a folder, got ${described(options['modelDir'])}`);
  return options;
}

/** The resolved config. An option that is also in the config must have the same value. */
function readConfig(agent: Config['agent'], given: unknown, options: LearnerOptions): Config {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || given instanceof Map)
    throw new UserError(`config: expected keys such as { tau: 0.01, gamma: 0.95 }, got ${described(given)}`);
  const keys: Record<string, unknown> = { ...given };
  requireAgent(agent, keys['agent']);
  keys['agent'] = agent;
  for (const [name, key] of [
    ['gamma', 'gamma'],
    ['syncFrequency', 'sync_frequency'],
    ['seed', 'seed'],
  ] as const) {
    const value = options[name];
    if (value === undefined) continue;
    const other = keys[key] ?? value;
    if (other !== value)
      throw new UserError(
        `${name}: expected ${described(other)} as config.${key}, got ${described(value)}; leave out one of them`,
      );
    keys[key] = value;
  }
  const loaded = loadConfig({ keys, about: [...LEARNER_KEYS, 'agent'] });
  loaded.check(algorithmRules());
  return loaded.config;
}

/** Throws UserError for a config of another algorithm. */
function requireAgent(agent: Config['agent'], given: unknown): void {
  if (given === undefined || typeof agent !== 'string') return;
  const named = typeof given === 'object' && given !== null ? Object.values(given) : [given];
  if (named.every((name) => name === agent)) return;
  throw new UserError(
    `config.agent: expected ${agent}, got ${JSON.stringify(given)}; use its learner, or leave it out`,
  );
}

function requirePolicy(policy: unknown): void {
  if (!(policy instanceof Policy))
    throw new UserError(`policy: expected a Policy, got ${described(policy)}; makeLearner() builds one`);
  if (policy.ensemble)
    throw new UserError(
      `policy: expected one policy per group, got an ensemble of ${policy.ensemble.size}; use train() for ensembles`,
    );
}

function requireDevice(where: string, given: unknown, { engine }: Policy): void {
  if (given === undefined || given === null) return;
  const device = Number.isInteger(given) && (given as number) >= 0 ? 'gpu' : respelled('device', given);
  if (device !== 'cpu' && device !== 'gpu')
    throw new UserError(`${where}: expected cpu, gpu or cuda, got ${described(given)}`);
  if (device !== engine.device)
    throw new UserError(
      `${where}: expected ${engine.device}, the device of the policy's engine (${engine.name}), got ` +
        `${described(given)}; leave it out, or create the engine for ${device}`,
    );
}

/** Throws UserError for a policy with the networks of another algorithm. */
function requireDesign(design: PolicyDesign, policy: Policy, group: ParameterGroup): void {
  const own = policy.designOf(group);
  const text = (one: PolicyDesign): string => JSON.stringify(Object.entries(one).sort());
  if (text(own) === text(design)) return;
  const networks = ({
    actorHead = 'deterministic',
    critics,
    targets,
    criticInput,
    temperature,
  }: PolicyDesign): string =>
    `${actorHead} actors, critics ${critics.join(' and ')} of ${criticInput.join(', ')}, targets of ${targets.join(', ')}` +
    (temperature === undefined ? '' : `, ${temperature ? 'a learned' : 'no learned'} temperature`);
  throw new UserError(
    `policy: expected in group ${group.name} ${networks(design)}, got ${networks(own)}; ` +
      `build it with the algorithm's design`,
  );
}
