/**
 * The table of keys as a JSON Schema, and ajv's validator for it. The schema for editors also has XuanCe's names and the
 * retired keys, so that their files raise no false alarms.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { KEY_NAMES, keyOf } from './keys.ts';
import type { KeyName } from './keys.ts';
import type { JsonSchema } from './key-types.ts';
import { RETIRED } from './retired.ts';
import { ALIASES, MACHINERY } from './xuance.ts';

/** The documentation of a key in one paragraph: its sentences, unit, default if that follows other keys, older names. */
export function describe(name: KeyName): string {
  const { doc, unit, defaultText } = keyOf(name);
  const parts = [
    doc,
    ...(unit === undefined ? [] : [`Unit: ${unit}.`]),
    ...(defaultText === undefined ? [] : [`Default: ${defaultText}.`]),
    ...olderNames(name).map((older) => `XuanCe's older name: ${older}.`),
  ];
  return parts.join(' ');
}

/** XuanCe's older names of a key. */
export function olderNames(name: KeyName): string[] {
  return [...ALIASES].flatMap(([older, key]) => (key === name ? [older] : []));
}

function keySchema(name: KeyName): JsonSchema {
  const key = keyOf(name);
  // A default that follows other keys is in the description only: editors would insert it.
  const value = key.defaultText === undefined ? { default: key.default } : {};
  return { description: describe(name), ...value, examples: [key.example ?? key.default], ...key.schema };
}

/** The JSON Schema (draft-07) of a configuration file, for editors. */
export function jsonSchema(): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const name of KEY_NAMES) properties[name] = keySchema(name);
  for (const [name, key] of ALIASES) {
    const description = `XuanCe's older name of ${key}.`;
    properties[name] = { description, deprecated: true, ...keyOf(key).schema };
  }
  for (const name of MACHINERY.keys()) {
    properties[name] = { description: "Belongs to XuanCe's machinery; not used here.", deprecated: true };
  }
  for (const [name, { only }] of RETIRED) {
    const accepted = only === undefined ? {} : { enum: [only, null] };
    properties[name] = {
      description: 'Removed; still accepted where it changes nothing.',
      deprecated: true,
      ...accepted,
    };
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of maddpg',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}

/** A test checks the schemas themselves. */
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, validateSchema: false });
/** By schema, which many keys share. */
const checks = new Map<string, ValidateFunction>();

/** The check of a key's values, compiled when it is first needed: few configurations give every key. */
function checkOf(name: KeyName): ValidateFunction {
  const { schema } = keyOf(name);
  const text = JSON.stringify(schema);
  const check = checks.get(text) ?? ajv.compile(schema);
  checks.set(text, check);
  return check;
}

/**
 * Checks a key's value. Returns null if it is valid, else the path of the innermost faulty value:
 * ['actor_hidden_size', '1'], or just ['seed'].
 */
export function faultyPath(name: KeyName, value: unknown): readonly string[] | null {
  const check = checkOf(name);
  if (check(value)) return null;
  const paths = (check.errors ?? []).map(({ instancePath }) => [name, ...instancePath.split('/').slice(1)]);
  return paths.reduce((deepest, path) => (path.length > deepest.length ? path : deepest), [name]);
}
