/**
 * The values that were given, understood: names translated, values checked, layers (file, --set, flags) laid
 * over each other. Knows the table and XuanCe's names; knows nothing of YAML or of defaults.
 */
import { nearest } from '../core/nearest.ts';
import type { Given } from './document.ts';
import { shown } from './errors.ts';
import type { FaultList, Origin } from './errors.ts';
import { KEY_NAMES, isKeyName, keyOf } from './keys.ts';
import type { KeyName } from './keys.ts';
import { faultyPath } from './schema.ts';
import { ALIASES, MACHINERY, respelled } from './xuance.ts';

/** The value of one key and where it comes from. */
export interface Setting {
  readonly value: unknown;
  readonly origin: Origin;
  /** Where the values inside it stand, by dotted path. */
  readonly inner: ReadonlyMap<string, Origin>;
}

/** Collects what is given, layer by layer; later layers win. */
export class Settings {
  readonly #faults: FaultList;
  readonly #agents: readonly string[];
  readonly #settings = new Map<KeyName, Setting>();
  readonly #faulty = new Set<KeyName>();
  readonly #machinery = new Map<string, Given>();

  /** `agents`: names that the key `agent` takes besides the built-in algorithms'. */
  constructor(faults: FaultList, agents: readonly string[] = []) {
    this.#faults = faults;
    this.#agents = agents;
  }

  /** What stands in the end, without the values at fault. */
  get byKey(): ReadonlyMap<KeyName, Setting> {
    return this.#settings;
  }

  /** Keys with a fault somewhere: no rule about them says anything of use. */
  get faulty(): ReadonlySet<KeyName> {
    return this.#faulty;
  }

  /** What was given for keys of XuanCe's machinery, by name. */
  get machinery(): ReadonlyMap<string, Given> {
    return this.#machinery;
  }

  /** Lays one layer over what is there. Within a layer a key may have one name only. */
  addLayer(layer: readonly Given[]): void {
    const spelled = new Map<KeyName, string>();
    for (const given of layer) {
      const key = this.#understand(given);
      if (key === undefined) continue;
      const other = spelled.get(key);
      spelled.set(key, given.name);
      if (other === undefined || other === given.name) this.#set(key, given);
      else {
        const older = given.name === key ? other : given.name;
        this.#faults.add(
          given.nameOrigin,
          `${given.name}: expected one of ${older} and ${key}, got both; remove ${older}`,
        );
        this.#faulty.add(key);
      }
    }
  }

  /** The key that a name means; undefined where it is unknown or not ours. */
  #understand(given: Given): KeyName | undefined {
    const { name, nameOrigin, origin, value } = given;
    if (isKeyName(name)) return name;
    const alias = ALIASES.get(name);
    if (alias !== undefined) return alias.key;
    const machinery = MACHINERY.get(name);
    if (machinery === undefined) {
      const known = [...KEY_NAMES, ...ALIASES.keys(), ...MACHINERY.keys()];
      this.#faults.add(
        nameOrigin,
        `${name}: expected a known key, got ${shown(name)}${suggestion(name, known)}`,
      );
    } else if (machinery.only?.holds(value) === false) {
      const { expected } = machinery.only;
      this.#faults.add(
        origin,
        `${name}: expected ${expected}, got ${shown(value)}; only this is supported, and ignoring it would change the result`,
      );
    } else this.#machinery.set(name, given);
    return undefined;
  }

  #set(key: KeyName, given: Given): void {
    if (given.below.length > 0) {
      this.#setBelow(key, given);
      return;
    }
    const alias = ALIASES.get(given.name);
    const value = alias?.translated ? alias.translated.value(given.value) : respelled(key, given.value);
    const path = faultyPath(key, key === 'agent' ? this.#builtIn(value) : value);
    if (path === null) {
      this.#settings.set(key, { value, origin: given.origin, inner: given.inner });
      return;
    }
    const { expected, words = [] } = keyOf(key);
    const hint = typeof value === 'string' ? suggestion(value, words) : '';
    this.#faults.add(
      given.inner.get(path.slice(1).join('.')) ?? given.origin,
      `${given.name}: expected ${alias?.translated?.expected ?? expected}, got ${shown(given.value)}${hint}`,
    );
    this.#faulty.add(key);
  }

  /** A value of `agent` with the default in place of every algorithm that a program has added. */
  #builtIn(value: unknown): unknown {
    const known = (name: unknown): unknown =>
      typeof name === 'string' && this.#agents.includes(name) ? keyOf('agent').default : name;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return known(value);
    return Object.fromEntries(Object.entries(value).map(([team, name]) => [team, known(name)]));
  }

  /** `--set env_options.N=5`: changes one value inside a mapping and leaves the others. */
  #setBelow(key: KeyName, { name, below, value, origin }: Given): void {
    const path = below.join('.');
    if (keyOf(key).schema['type'] !== 'object') {
      this.#faults.add(
        origin,
        `${name}.${path}: expected a key that holds a mapping, got ${name}, which takes ${keyOf(key).expected}`,
      );
      this.#faulty.add(key);
      return;
    }
    const before = this.#settings.get(key);
    const kept = [...(before?.inner ?? [])].filter(([place]) => !`${place}.`.startsWith(`${path}.`));
    this.#settings.set(key, {
      value: withValue(before?.value ?? keyOf(key).default, below, value),
      origin: before?.origin ?? origin,
      inner: new Map([...kept, [path, origin]]),
    });
  }
}

/** A copy of a mapping with one value replaced; mappings on the way are made where there are none. */
function withValue(base: unknown, [name, ...below]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const old =
    typeof base === 'object' && !Array.isArray(base) ? (base as Record<string, unknown> | null) : null;
  const inside = old !== null && Object.hasOwn(old, name) ? old[name] : undefined;
  return { ...old, [name]: withValue(inside, below, value) };
}

/** `; did you mean x?` where a name is near, else nothing. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : `; did you mean ${near}?`;
}
