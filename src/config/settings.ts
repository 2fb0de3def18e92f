/**
 * The given values, interpreted: names translated, values checked, layers (files, --set, flags) merged. Knows the table
 * of keys and XuanCe's names, not YAML and not how defaults are filled in.
 */
import { didYouMean } from '../core/nearest.ts';
import type { Given } from './document.ts';
import { shown } from './errors.ts';
import type { FaultList, Origin } from './errors.ts';
import { KEY_NAMES, isKeyName, keyOf } from './keys.ts';
import type { Config, KeyName } from './keys.ts';
import { RETIRED } from './retired.ts';
import { faultyPath } from './schema.ts';
import { ALIASES, MACHINERY, respelled } from './xuance.ts';

/** The value of one key and where it comes from. */
export interface Setting {
  readonly value: unknown;
  /** The value as it was written. */
  readonly written: unknown;
  /** The key as it was spelled. */
  readonly name: string;
  readonly origin: Origin;
  /** Places of the values inside it, by dotted path. */
  readonly inner: ReadonlyMap<string, Origin>;
  /** Whether it follows from another key, whose place `origin` is (implied.ts). */
  readonly implied: boolean;
}

/** Collects values layer by layer; later layers win. */
export class Settings {
  readonly #faults: FaultList;
  readonly #agents: readonly string[];
  readonly #settings = new Map<KeyName, Setting>();
  readonly #faulty = new Set<KeyName>();
  readonly #machinery = new Map<string, Given>();
  readonly #retired = new Map<string, Given>();

  /** `agents`: names that the key `agent` takes besides the built-in algorithms'. */
  constructor(faults: FaultList, agents: readonly string[] = []) {
    this.#faults = faults;
    this.#agents = agents;
  }

  /** The merged values, without faulty ones. */
  get byKey(): ReadonlyMap<KeyName, Setting> {
    return this.#settings;
  }

  /** Keys with a fault somewhere; rules about them are not checked. */
  get faulty(): ReadonlySet<KeyName> {
    return this.#faulty;
  }

  /** Values of XuanCe's machinery keys, by name. */
  get machinery(): ReadonlyMap<string, Given> {
    return this.#machinery;
  }

  /** The value of a key, or its default. */
  valueOf<K extends KeyName>(key: K): Config[K] {
    const setting = this.#settings.get(key);
    return (setting ? setting.value : keyOf(key).default) as Config[K];
  }

  /**
   * Merges a layer over the earlier ones. Within a layer, a key may be spelled one way only. With `emptyIsUnset`, a key
   * without a value counts as not given.
   */
  addLayer(layer: readonly Given[], { emptyIsUnset = false } = {}): void {
    const spelled = new Map<KeyName, string>();
    for (const given of layer) {
      const key = this.#interpret(given);
      if (key === undefined || (emptyIsUnset && given.value === null)) continue;
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

  /** Gives the keys that a run's config.yaml lacks the values that they had before they were keys. */
  addEarlier(file: string): void {
    for (const key of KEY_NAMES) {
      const { before } = keyOf(key);
      if (before !== undefined && !this.#settings.has(key) && !this.#faulty.has(key))
        this.imply(key, before as Config[typeof key], { where: file, layer: 0, order: 0 });
    }
  }

  /** Checks the retired keys, once all layers are in: the last value counts. */
  checkRetired(): void {
    for (const [name, { value, origin }] of this.#retired) {
      const { only } = RETIRED.get(name)!;
      if (only === undefined || value === null || value === only) continue;
      this.#faults.add(
        origin,
        `${name}: expected ${shown(only)}, got ${shown(value)}; the option was removed, and ignoring it would change the result`,
      );
    }
  }

  /** Checks the machinery keys, once all layers are in: some of them depend on others. */
  checkMachinery(): void {
    for (const [name, { value, origin }] of this.#machinery) {
      const only = MACHINERY.get(name)!.only;
      if (only === undefined || value === null || only.holds(value, this)) continue;
      this.#faults.add(
        origin,
        `${name}: expected ${only.expected}, got ${shown(value)}; ignoring it would change the result`,
      );
    }
  }

  /** Sets a key that follows from something given at `origin`. */
  imply<K extends KeyName>(key: K, value: Config[K], origin: Origin): void {
    const inner = new Map<string, Origin>();
    this.#settings.set(key, { value, written: value, name: key, origin, inner, implied: true });
  }

  /** The key that a name stands for; undefined if it is unknown, retired or XuanCe's machinery. */
  #interpret(given: Given): KeyName | undefined {
    const { name, nameOrigin } = given;
    if (isKeyName(name)) return name;
    const alias = ALIASES.get(name);
    if (alias !== undefined) return alias;
    if (MACHINERY.has(name)) {
      if (given.value !== null || !this.#machinery.has(name)) this.#machinery.set(name, given);
      return undefined;
    }
    if (RETIRED.has(name)) {
      if (given.value !== null || !this.#retired.has(name)) this.#retired.set(name, given);
      return undefined;
    }
    this.#faults.add(nameOrigin, `${name}: expected a known key, got ${shown(name)}`, () =>
      didYouMean(name, [...KEY_NAMES, ...ALIASES.keys(), ...MACHINERY.keys()]),
    );
    return undefined;
  }

  #set(key: KeyName, given: Given): void {
    if (given.below.length > 0) {
      this.#setBelow(key, given);
      return;
    }
    const { name, origin, inner, value: written } = given;
    const value = respelled(key, written);
    const path = faultyPath(key, key === 'agent' ? this.#builtIn(value) : value);
    if (path === null) {
      this.#settings.set(key, { value, written, name, origin, inner, implied: false });
      return;
    }
    const { expected, schema, words = [] } = keyOf(key);
    // The general integer bound is mentioned only when it is exceeded.
    const exact = Number.MAX_SAFE_INTEGER;
    const bound = schema['maximum'] === exact && Number(value) > exact ? ` and at most ${exact}` : '';
    this.#faults.add(
      inner.get(path.slice(1).join('.')) ?? origin,
      `${name}: expected ${expected}${bound}, got ${shown(written)}`,
      () => (typeof value === 'string' ? didYouMean(value, words) : ''),
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
    const whole = withValue(before?.value ?? keyOf(key).default, below, value);
    this.#settings.set(key, {
      value: whole,
      written: whole,
      name,
      origin: before?.origin ?? origin,
      inner: new Map([...kept, [path, origin]]),
      implied: false,
    });
  }
}

/** A copy of a mapping with one value replaced; mappings on the way are made as needed. */
function withValue(base: unknown, [name, ...below]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const old =
    typeof base === 'object' && !Array.isArray(base) ? (base as Record<string, unknown> | null) : null;
  const inside = old !== null && Object.hasOwn(old, name) ? old[name] : undefined;
  return { ...old, [name]: withValue(inside, below, value) };
}
