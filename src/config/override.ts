/**
 * Values from the command line: `--set key=value` (read as YAML, dots lead into a mapping) and dedicated
 * flags such as `--seed`. Only parsing: what the keys mean is settled where the file's keys are
 * (settings.ts), so all three take the same names and give the same messages.
 */
import { parseDocument } from 'yaml';
import { YAML_OPTIONS } from './document.ts';
import type { Given } from './document.ts';
import { shown } from './errors.ts';
import type { FaultList, Origin } from './errors.ts';
import type { Config } from './keys.ts';

/** Faults of --set come after those of the file, faults of flags after both. */
const SETS = 1e9;
const FLAGS = 2e9;

/** 0 where something stands in the file, 1 for --set, 2 for a flag: the higher wins. */
export function layerOf(origin: Origin): number {
  return Math.floor(origin.order / SETS);
}

/** Parses the arguments of --set, in their order; faults are added to `faults`. */
export function readSets(sets: readonly string[], faults: FaultList): Given[] {
  return sets.flatMap((text, index) => {
    const origin = { where: `--set ${text}`, order: SETS + index };
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

/** The value, or undefined where the text is no YAML. */
function yamlValue(source: string): unknown {
  try {
    const doc = parseDocument(source, YAML_OPTIONS);
    if (doc.errors.length > 0 || doc.warnings.length > 0) return undefined;
    return (doc.toJS({ maxAliasCount: 0 }) as unknown) ?? null;
  } catch (error) {
    // Aliases, and nesting beyond the stack: nothing that anybody types by hand.
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Values of dedicated flags, by key; those that are undefined were not given. */
export function readFlags(flags: Readonly<Partial<Config>>): Given[] {
  return givenBy(flags, (name) => `--${name.replaceAll('_', '-')}`);
}

/** The keys that a program gives; only what YAML could hold too, since a run keeps it in its config.yaml. */
export function readKeys(keys: Readonly<Partial<Config>>, faults: FaultList): Given[] {
  return givenBy(keys, () => 'config').filter(({ name, value, origin }) => {
    const bad = notData(value);
    if (bad) faults.add(origin, `${name}: expected numbers, texts, booleans, lists and mappings, got ${bad}`);
    return bad === undefined;
  });
}

/** What a value holds that YAML does not; undefined where there is no such thing. */
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
    .map(([name, value], index) => {
      const origin = { where: whereOf(name), order: FLAGS + index };
      return { name, below: [], value, nameOrigin: origin, origin, inner: new Map() };
    });
}
