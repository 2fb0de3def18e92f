/**
 * The optimizers and schedulers of a learner in the forms that its constructor takes: [actor, critic] as documented, or by
 * name. With one parameter group each is an Adam or a Scheduler, with several a mapping of the groups to them.
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

/** One for the only parameter group, or one for each by the name of the group. */
export type PerGroup<T> = T | ReadonlyMap<string, T> | Readonly<Record<string, T>>;

/** By what is optimized: how a learner shows its own. */
export interface PerNetwork<T> {
  readonly actor: T | ReadonlyMap<string, T>;
  readonly critic: T | ReadonlyMap<string, T>;
  /** Temperatures of ISAC and MASAC. */
  readonly alpha?: T | ReadonlyMap<string, T>;
  /** Approximate policies of infer_policies. */
  readonly inferred?: T | ReadonlyMap<string, T>;
}

/** [actor, critic], or by name: `actor` and `critic`, or `actor/<group>` and `critic/<group>`. */
export type Given<T> =
  | readonly PerGroup<T>[]
  | PerNetwork<T>
  | ReadonlyMap<string, PerGroup<T>>
  | Readonly<Record<string, PerGroup<T>>>;

/** Without a scheduler the rate is constant: the optimizer's learningRate, or else that of the config. */
export type GivenSchedulers = Given<Scheduler | null> | null;

interface Optimizers {
  readonly optimizer: ByOptimizer<Adam>;
  readonly scheduler: ByOptimizer<Scheduler>;
}

/**
 * The optimizer and the scheduler of every network that steps alone. Temperatures and approximate policies have the
 * learner's own where none are given. Throws UserError naming what is missing, wrong or given twice.
 */
export function readOptimizers(
  config: Config,
  policy: Policy,
  given: { readonly optimizer: unknown; readonly scheduler: unknown },
): Optimizers {
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

/** Whether XuanCe's learner makes the optimizer itself. */
function isOwn(network: Optimized): boolean {
  return network === 'alpha' || network === 'inferred';
}

interface Kind<T> {
  readonly argument: 'optimizer' | 'scheduler';
  readonly type: new (...args: never[]) => T;
  /** The type in a message. */
  readonly one: string;
}

/** What was given, by full name; null and undefined are nothing. */
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

/** [actor, critic] and mappings as entries by name. */
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

/** A mapping of groups as entries by slot. */
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

/** Each counts its own steps: one that serves two networks would count both. */
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

/** By what is optimized, as the constructor takes it back. */
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
