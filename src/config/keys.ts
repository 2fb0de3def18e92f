/**
 * The table of configuration keys: name, type, range, default, unit and documentation of each are in keys/, one file per
 * section. The schema, `config show`, `config explain`, the generated type Config (config.ts) and docs/configuration.md
 * come from it. Names and meanings are XuanCe's; its older names and machinery keys are in xuance.ts, rules between keys
 * in rules.ts.
 */
import type { Config } from './config.ts';
import type { Key } from './key-types.ts';
import { engine } from './keys/engine.ts';
import { evaluation } from './keys/evaluation.ts';
import { exploration } from './keys/exploration.ts';
import { learning } from './keys/learning.ts';
import { networks } from './keys/networks.ts';
import { recurrence } from './keys/recurrence.ts';
import { run } from './keys/run.ts';
import { task } from './keys/task.ts';

export type { Config } from './config.ts';

/** All keys, flat, in order. */
export const KEYS = {
  ...task,
  ...run,
  ...learning,
  ...exploration,
  ...networks,
  ...recurrence,
  ...evaluation,
  ...engine,
} satisfies { readonly [K in keyof Config]: Key<Config[K]> };

export type KeyName = keyof Config;

/** All names, in order. */
export const KEY_NAMES = Object.keys(KEYS) as readonly KeyName[];

/** The table by sections. */
export const SECTIONS: readonly { readonly title: string; readonly names: readonly KeyName[] }[] = (
  [
    ['Task', task],
    ['Run', run],
    ['Learning', learning],
    ['Exploration', exploration],
    ['Networks', networks],
    ['Recurrence', recurrence],
    ['Evaluation', evaluation],
    ['Engine', engine],
  ] as const
).map(([title, keys]) => ({ title, names: Object.keys(keys) as KeyName[] }));

/** One entry of the table, of any type. */
export function keyOf(name: KeyName): Key<unknown> {
  return KEYS[name];
}

/** Whether the table has a key of this name. */
export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(KEYS, name);
}
