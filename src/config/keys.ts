/**
 * THE table of configuration keys: name, type, range, default, unit and documentation stand in keys/, a file a section,
 * and nowhere else. The type Config, the ajv schema, the JSON Schema, `config show`, `config explain` and the README's
 * table are made from it. Names and meanings are XuanCe's; its older names and its own machinery's keys are
 * in xuance.ts. Values come from load.ts; rules between keys stand in rules.ts.
 */
import type { Key } from './key-types.ts';
import { engine } from './keys/engine.ts';
import { evaluation } from './keys/evaluation.ts';
import { exploration } from './keys/exploration.ts';
import { learning } from './keys/learning.ts';
import { networks } from './keys/networks.ts';
import { run } from './keys/run.ts';
import { task } from './keys/task.ts';

/** All keys, flat, in the table's order. */
export const KEYS = { ...task, ...run, ...learning, ...exploration, ...networks, ...evaluation, ...engine };

export type KeyName = keyof typeof KEYS;

/** Every key resolved, frozen to the depth; the fields are the names of the YAML file. */
export type Config = {
  readonly [K in KeyName]: (typeof KEYS)[K] extends Key<infer T> ? T : never;
};

/** All names, in the table's order. */
export const KEY_NAMES = Object.keys(KEYS) as readonly KeyName[];

/** The table in its readable parts. */
export const SECTIONS: readonly { readonly title: string; readonly names: readonly KeyName[] }[] = (
  [
    ['Task', task],
    ['Run', run],
    ['Learning', learning],
    ['Exploration', exploration],
    ['Networks', networks],
    ['Evaluation', evaluation],
    ['Engine', engine],
  ] as const
).map(([title, keys]) => ({ title, names: Object.keys(keys) as KeyName[] }));

/** One entry of the table, whatever its type. */
export function keyOf(name: KeyName): Key<unknown> {
  return KEYS[name];
}

/** Whether a name is in the table. */
export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(KEYS, name);
}
