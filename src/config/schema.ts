/**
 * The table of keys as a JSON Schema, and ajv's validator of it. The schema that editors read has
 * XuanCe's names besides, so that its files show no false alarms there. Nothing is described twice: types and
 * ranges come from keys.ts, other names from xuance.ts.
 */
import { Ajv } from 'ajv';
import { KEY_NAMES, keyOf } from './keys.ts';
import type { KeyName } from './keys.ts';
import type { JsonSchema } from './key-types.ts';
import { ALIASES, MACHINERY } from './xuance.ts';

/** The sentence and the unit of a key. */
export function describe(name: KeyName): string {
  const { doc, unit, defaultText } = keyOf(name);
  const inUnit = unit === undefined ? '' : ` Unit: ${unit}.`;
  return doc + inUnit + (defaultText === undefined ? '' : ` Default: ${defaultText}.`);
}

function keySchema(name: KeyName): JsonSchema {
  const key = keyOf(name);
  // A default that follows other keys is told in words, lest an editor writes it out.
  const value = key.defaultText === undefined ? { default: key.default } : {};
  return { description: describe(name), ...value, examples: [key.example ?? key.default], ...key.schema };
}

/** The JSON Schema (draft-07) of a configuration file, for editors. */
export function jsonSchema(): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const name of KEY_NAMES) properties[name] = keySchema(name);
  for (const [name, { key, translated }] of ALIASES) {
    const description = `XuanCe's older name of ${key}.`;
    properties[name] = { description, deprecated: true, ...(translated ? {} : keyOf(key).schema) };
  }
  for (const name of MACHINERY.keys()) {
    properties[name] = { description: "Belongs to XuanCe's machinery; not used here.", deprecated: true };
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of maddpg',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile({
  type: 'object',
  properties: Object.fromEntries(KEY_NAMES.map((name) => [name, keyOf(name).schema])),
});

/**
 * Checks one value of a key. Returns null where it fits, else the path to the innermost value at fault:
 * ['actor_hidden_size', '1'] or just ['seed'].
 */
export function faultyPath(name: KeyName, value: unknown): readonly string[] | null {
  if (validate({ [name]: value })) return null;
  const paths = (validate.errors ?? []).map(({ instancePath }) => instancePath.split('/').slice(1));
  return paths.reduce((deepest, path) => (path.length > deepest.length ? path : deepest), [name]);
}
