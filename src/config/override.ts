/**
 * Values from the command line and from programs: `--set key=value` (YAML; dots lead into a mapping), flags such as
 * `--seed`, and keys of the library. Parsing only: settings.ts interprets them like a file's keys.
 */
import { MAX_DEPTH, readValue } from './document.ts';
import type { Given } from './document.ts';
import { FLAG_LAYER, SET_LAYER, shown } from './errors.ts';
import type { FaultList } from './errors.ts';
import type { Config } from './keys.ts';

/** Most arguments of --set: each changes a copy of the mapping that it leads into. */
const MOST_SETS = 1000;

/** Parses the arguments of --set, in order; faults go to `faults`. */
export function readSets(sets: readonly string[], faults: FaultList): Given[] {
  if (sets.length > MOST_SETS) {
    const origin = { where: '--set', layer: SET_LAYER, order: 0 };
    faults.add(origin, `expected at most ${MOST_SETS} of them, got ${sets.length}; write them to a file`);
    return [];
  }
  return sets.flatMap((text, order) => {
    const origin = { where: `--set ${short(text)}`, layer: SET_LAYER, order };
    const equals = text.indexOf('=');
    const path = text.slice(0, Math.max(0, equals)).trim().split('.');
    if (equals < 0 || path.includes('') || path.length > MAX_DEPTH) {
      faults.add(origin, `expected key=value, got ${shown(text)}`);
      return [];
    }
    const source = text.slice(equals + 1);
    const [name, ...below] = path as [string, ...string[]];
    const value = readValue(source, path.length);
    if (value === undefined) {
      faults.add(origin, `${path.join('.')}: expected a YAML value, got ${shown(source)}`);
      return [];
    }
    return [{ name, below, value, nameOrigin: origin, origin, inner: new Map() }];
  });
}

/** An argument as messages show it. */
function short(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}

/** Values of dedicated flags, by key; undefined means not given. */
export function readFlags(flags: Readonly<Partial<Config>>): Given[] {
  return givenBy(flags, flagOf);
}

/** The flag of a key, as the place of its value. */
export function flagOf(name: string): string {
  return `--${name.replaceAll('_', '-')}`;
}

/** Keys that a program gives. Only what YAML can hold is allowed, since the run's config.yaml keeps it. */
export function readKeys(keys: Readonly<Partial<Config>>, faults: FaultList): Given[] {
  return givenBy(keys, () => 'config').filter(({ name, value, origin }) => {
    const bad = notData(value);
    if (bad)
      faults.add(origin, `${name}: expected numbers, strings, booleans, lists and mappings, got ${bad}`);
    return bad === undefined;
  });
}

/** The first part of a value inside `around` others that YAML cannot hold, in words; undefined if there is none. */
function notData(value: unknown, around = 1): string | undefined {
  if (typeof value === 'object' && value !== null) {
    const made = Array.isArray(value) ? Array.prototype : Object.prototype;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== made) return `a ${value.constructor.name}`;
    if (around > MAX_DEPTH) return 'values nested too deeply';
    return Object.values(value)
      .map((inner) => notData(inner, around + 1))
      .find(Boolean);
  }
  return ['function', 'symbol', 'bigint'].includes(typeof value) ? `a ${typeof value}` : undefined;
}

function givenBy(keys: Readonly<Partial<Config>>, whereOf: (name: string) => string): Given[] {
  return (Object.entries(keys) as [string, unknown][])
    .filter(([, value]) => value !== undefined)
    .map(([name, value], order) => {
      const origin = { where: whereOf(name), layer: FLAG_LAYER, order };
      return { name, below: [], value, nameOrigin: origin, origin, inner: new Map() };
    });
}
