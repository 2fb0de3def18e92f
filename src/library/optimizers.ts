/**
 * Optimizer and scheduler arguments of a learner: [actor, critic] as in XuanCe, or by name. Each entry is a single object,
 * or a mapping by parameter group if there are several.
 */
import type { Config } from '../config/keys.ts';
import { described } from '../core/described.ts';
import { UserError } from '../core/user-error.ts';
import type { ByOptimizer } from '../learners/learner.ts';
import { OPTIMIZED, optimizersOf, type Optimized, type OptimizerSlot } from '../learners/optimizers.ts';
import { Adam } from '../optim/adam.ts';
import { Scheduler } from '../optim/schedulers.ts';
import type { Policy } from '../policy/policy.ts';
import { adamOf, rateOf } from '../train/build.ts';

/** A single object if there is one parameter group, else one per group by name. */
export type PerGroup<T> = T | ReadonlyMap<string, T> | Readonly<Record<string, T>>;

/** Optimizers or schedulers as a learner exposes them; its constructor accepts this form too. */
export interface PerNetwork<T> {
  readonly actor: T | ReadonlyMap<string, T>;
  readonly critic: T | ReadonlyMap<string, T>;
  /** Temperatures of ISAC and MASAC. */
  readonly alpha?: T | ReadonlyMap<string, T>;
  /** Approximate policies of infer_policies. */
  readonly inferred?: T | ReadonlyMap<string, T>;
}

/** [actor, critic], or by name: `actor`, `critic`, `actor/<group>`, `critic/<group>`. */
export type ForNetworks<T> =
  | readonly PerGroup<T>[]
  | PerNetwork<T>
  | ReadonlyMap<string, PerGroup<T>>
  | Readonly<Record<string, PerGroup<T>>>;

/** Optimizers of actor and critic. */
export type Optimizers = ForNetworks<Adam>;

/** Without a scheduler, the rate is constant: the optimizer's learningRate, or else the config's. */
export type Schedulers = ForNetworks<Scheduler | null> | null;

interface Resolved {
  readonly optimizer: ByOptimizer<Adam>;
  readonly scheduler: ByOptimizer<Scheduler>;
}

/**
 * Resolves both arguments by optimizer name. Optimizers of temperatures and approximate policies are created unless given.
 * Throws UserError if an entry is missing, invalid or duplicated.
 */
export function readOptimizers(
  config: Config,
  policy: Policy,
  given: { readonly optimizer: unknown; readonly scheduler: unknown },
): Resolved {
  const slots = optimizersOf(policy);
  const adams = read(given.optimizer, slots, { argument: 'optimizer', type: Adam, one: 'an Adam' });
  const schedulers = read(given.scheduler ?? [null, null], slots, {
    argument: 'scheduler',
    type: Scheduler,
    one: 'a Scheduler',
  });
  const optimizer = new Map<string, Adam>();
  const scheduler = new Map<string, Scheduler>();
  for (const { name, network } of slots) {
    const adam = adams.get(name) ?? (isOwn(network) ? adamOf(config, network) : undefined);
    if (!adam) throw new UserError(`optimizer: expected an Adam for ${name}, got none`);
    const { learningRate = rateOf(config, network) } = adam;
    const own = schedulers.get(name) ?? new Scheduler(learningRate);
    if (adam.learningRate !== undefined && own.initialRate !== adam.learningRate)
      throw new UserError(
        `scheduler: expected initial rate ${adam.learningRate}, the learningRate of the optimizer of ${name}, got ` +
          `${own.initialRate}; leave out learningRate`,
      );
    optimizer.set(name, adam);
    scheduler.set(name, own);
  }
  requireDistinct('optimizer', 'an Adam', optimizer);
  requireDistinct('scheduler', 'a Scheduler', scheduler);
  return { optimizer, scheduler };
}

/** Optimizers that the learner creates itself, as in XuanCe. */
function isOwn(network: Optimized): boolean {
  return network === 'alpha' || network === 'inferred';
}

interface Kind<T> {
  readonly argument: 'optimizer' | 'scheduler';
  readonly type: new (...args: never[]) => T;
  /** Type name in messages. */
  readonly one: string;
}

/** Entries by optimizer name; null and undefined are skipped. */
function read<T>(given: unknown, slots: readonly OptimizerSlot[], kind: Kind<T>): Map<string, T> {
  const { argument, type, one } = kind;
  const found = new Map<string, T>();
  const set = (name: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    if (!(value instanceof type))
      throw new UserError(`${argument}: expected ${one} for ${name}, got ${described(value)}`);
    if (found.has(name)) throw new UserError(`${argument}: expected one for ${name}, got two`);
    found.set(name, value);
  };
  for (const [key, value] of namedEntries(given, kind)) {
    const slot = slots.find(({ name }) => name === key);
    if (slot) {
      set(slot.name, value);
      continue;
    }
    const ofNetwork = slots.filter(({ network }) => network === key);
    if (ofNetwork.length === 0)
      throw new UserError(`${argument}: expected names among ${namesOf(slots)}, got ${described(key)}`);
    if (value === null || value === undefined) continue;
    const [only, ...others] = ofNetwork;
    if (others.length === 0 && !isMapping(value)) {
      set(only!.name, value);
      continue;
    }
    for (const [group, own] of groupEntries(`${argument}: ${key}`, value, ofNetwork, kind))
      set(group.name, own);
  }
  return found;
}

function namesOf(slots: readonly OptimizerSlot[]): string {
  const networks = OPTIMIZED.filter((name) => slots.some(({ network }) => network === name));
  return [...networks, ...slots.map(({ name }) => name)].join(', ');
}

/** Outer level: [actor, critic] or a mapping by name. */
function namedEntries<T>(given: unknown, { argument, one }: Kind<T>): [string, unknown][] {
  if (Array.isArray(given) && given.length === 2)
    return [
      ['actor', given[0]],
      ['critic', given[1]],
    ];
  if (isMapping(given)) return entriesOf(given);
  throw new UserError(
    `${argument}: expected [actor, critic] with ${one} each, or a mapping by name, got ${described(given)}`,
  );
}

/** Inner level: a mapping by group. */
function groupEntries<T>(
  where: string,
  value: unknown,
  slots: readonly OptimizerSlot[],
  { one }: Kind<T>,
): [OptimizerSlot, unknown][] {
  const names = slots.map(({ group }) => group.name).join(', ');
  if (!isMapping(value))
    throw new UserError(`${where}: expected a mapping of ${names} to ${one} each, got ${described(value)}`);
  return entriesOf(value).map(([name, own]) => {
    const slot = slots.find(({ group }) => group.name === name);
    if (!slot) throw new UserError(`${where}: expected groups among ${names}, got ${described(name)}`);
    return [slot, own];
  });
}

/** A Map or a plain object. */
function isMapping(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return value instanceof Map || prototype === Object.prototype || prototype === null;
}

function entriesOf(mapping: object): [string, unknown][] {
  return mapping instanceof Map ? [...(mapping as Map<string, unknown>)] : Object.entries(mapping);
}

/** Each object counts its own steps, so two networks cannot share one. */
function requireDistinct(argument: string, what: string, all: ByOptimizer<object>): void {
  const names = new Map<object, string>();
  for (const [name, one] of all) {
    const other = names.get(one);
    if (other !== undefined)
      throw new UserError(
        `${argument}: expected ${what} each for ${other} and ${name}, got the same for both`,
      );
    names.set(one, name);
  }
}

/** Converts to the form that a learner exposes. */
export function perNetwork<T>(policy: Policy, all: ByOptimizer<T>): PerNetwork<T> {
  const slots = optimizersOf(policy);
  const entries = OPTIMIZED.map((network): [Optimized, T | ReadonlyMap<string, T>] | undefined => {
    const [first, ...others] = slots.filter((slot) => slot.network === network);
    if (!first) return undefined;
    const own = ({ name }: OptimizerSlot): T => all.get(name)!;
    return [
      network,
      others.length === 0 ? own(first) : new Map([first, ...others].map((s) => [s.group.name, own(s)])),
    ];
  });
  return Object.fromEntries(entries.filter((entry) => entry !== undefined)) as unknown as PerNetwork<T>;
}
