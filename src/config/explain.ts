/** The documentation of the keys as plain text, for `maddpg config explain`: one key in full, or a table of all. */
import { didYouMean } from '../core/nearest.ts';
import { ConfigError, hinted, shown } from './errors.ts';
import { KEY_NAMES, SECTIONS, isKeyName, keyOf } from './keys.ts';
import type { KeyName } from './keys.ts';
import { RETIRED } from './retired.ts';
import { olderNames } from './schema.ts';
import { wrap, yamlOf } from './show.ts';
import { ALIASES, MACHINERY } from './xuance.ts';

const WIDTH = 100;

/**
 * Explains a key, one of XuanCe's other names or a retired key; without a name, lists all keys.
 * @throws ConfigError with the nearest name if the key is unknown
 */
export function explain(name?: string): string {
  if (name === undefined) return SECTIONS.map(sectionTable).join('\n');
  if (isKeyName(name)) return explainKey(name);
  const alias = ALIASES.get(name);
  if (alias !== undefined) return `${name} is XuanCe's older name of ${alias}.\n\n${explainKey(alias)}`;
  const retired = RETIRED.get(name);
  if (retired !== undefined) {
    const { only } = retired;
    const accepted =
      only === undefined ? 'Any value is accepted and ignored' : `Only ${yamlOf(only)} is still accepted`;
    return `${name} was removed. ${accepted}.\n`;
  }
  const machinery = MACHINERY.get(name);
  if (machinery === undefined) {
    const hint = didYouMean(name, [...KEY_NAMES, ...ALIASES.keys(), ...MACHINERY.keys()]);
    throw new ConfigError(hinted(`config explain: expected a known key, got ${shown(name)}`, hint));
  }
  const expected = machinery.only === undefined ? '' : ` Expected: ${machinery.only.expected}.`;
  return `${name} belongs to XuanCe's machinery and is not used here.${expected}\n`;
}

function defaultOf(name: KeyName): string {
  const key = keyOf(name);
  return key.defaultText ?? yamlOf(key.default);
}

function explainKey(name: KeyName): string {
  const { expected, unit, doc } = keyOf(name);
  const facts = [
    ['takes', expected],
    ['default', defaultOf(name)],
    ...(unit === undefined ? [] : [['unit', unit]]),
    ...olderNames(name).map((older) => ['older', `${older} (XuanCe)`]),
  ] as [string, string][];
  const lines = [...wrap(doc, WIDTH - 2), '', ...facts.map(([label, fact]) => `${label.padEnd(8)} ${fact}`)];
  return `${name}\n${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n`;
}

function sectionTable({ title, names }: (typeof SECTIONS)[number]): string {
  const rows = names.map((name) => {
    const { default: value, expected, unit } = keyOf(name);
    return [name, yamlOf(value), unit === undefined ? expected : `${expected} (${unit})`] as const;
  });
  const nameWidth = Math.max(...KEY_NAMES.map((name) => name.length));
  const defaultWidth = Math.max(...KEY_NAMES.map((name) => yamlOf(keyOf(name).default).length));
  const lines = rows.map(
    ([name, value, takes]) => `  ${name.padEnd(nameWidth)}  ${value.padEnd(defaultWidth)}  ${takes}\n`,
  );
  return `${title}\n${lines.join('')}`;
}
