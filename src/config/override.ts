/**
 * Values from the command line and from programs: `--set key=value` (YAML; dots lead into a mapping), flags such as
 * `--seed`, and keys of the library. Parsing only: settings.ts interprets them like a file's keys.
 */
import { parseDocument } from 'yaml';
import { YAML_OPTIONS } from './document.ts';
import type { Given } from './document.ts';
import { FLAG_LAYER, SET_LAYER, shown } from './errors.ts';
import type { FaultList } from './errors.ts';
import type { Config } from './keys.ts';

/** Parses the arguments of --set, in order; faults go to `faults`. */
export function readSets(sets: readonly string[], faults: FaultList): Given[] {
  return sets.flatMap((text, order) => {
    const origin = { where: `--set ${text}`, layer: SET_LAYER, order };
    const equals = text.indexOf('=');
    const path = text.slice(0, Math.max(0, equals)).trim().split('.');
    if (equals < 0 || path.includes('')) {
      faults.add(origin, `expected key=value, got ${shown(text)}`);
      return [];
    }
    const source = text.slice(equals + 1);
    const [name, ...below] = path as [string, ...string[]];
    const value = yamlValue(source);
    if (value === undefined) {
      faults.add(origin, `${path.join('.')}: expected a YAML value, got ${shown(source)}`);
      return [];
    }
    return [{ name, below, value, nameOrigin: origin, origin, inner: new Map() }];
  });
}

/** The value, or undefined if the text is not YAML. */
function yamlValue(source: string): unknown {
  try {
    const doc = parseDocument(source, YAML_OPTIONS);
    if (doc.errors.length > 0 || doc.warnings.length > 0) return undefined;
    return (doc.toJS({ maxAliasCount: 0 }) as unknown) ?? null;
  } catch (error) {
    // Aliases, or nesting that overflows the stack.
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Values of dedicated flags, by key; undefined means not given. */
export function readFlags(flags: Readonly<Partial<Config>>): Given[] {
  return givenBy(flags, (name) => `--${name.replaceAll('_', '-')}`);
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

/** The first part of a value that YAML cannot hold, in words; undefined if there is none. */
function notData(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null) {
    const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
    return plain ? Object.values(value).map(notData).find(Boolean) : `a ${value.constructor.name}`;
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
