/**
 * JSON files of a checkpoint. Each has a JSON Schema next to its type: a file is checked before anything in it is used.
 */
import { Ajv, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv';
import { described, shortened } from '../core/described.ts';
import { CheckpointError } from './checkpoint-error.ts';

const ajv = new Ajv();

/** A check of the values of a file. */
export type JsonFormat<T> = () => ValidateFunction<T>;

/** The check of values that fit `schema`, compiled when it is first used: a new run reads no such file. */
export function jsonFormat<T>(schema: AnySchemaObject): JsonFormat<T> {
  let check: ValidateFunction<T> | undefined;
  return () => (check ??= ajv.compile<T>(schema));
}

/** Schema of a counter. */
export const COUNT = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

/** Schema of counters by name. */
export const COUNTS = { type: 'object', additionalProperties: COUNT } as const;

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

/** Decodes a JSON file; `where` names it in messages. Throws CheckpointError unless it has this format. */
export function decodeJson<T>(bytes: Uint8Array, where: string, format: JsonFormat<T>): T {
  const text = new TextDecoder().decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`${where}: expected JSON, got ${described(text)}`, { cause: error });
  }
  const check = format();
  if (check(value)) return value;
  throw new CheckpointError(`${where}: ${faultOf(check.errors![0]!, value)}`);
}

/** `expected agents.0.obsWidth to be an integer, got 1.5` */
function faultOf({ instancePath, message = '', params }: ErrorObject, value: unknown): string {
  const keys = instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const found = keys.reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], value);
  const { allowedValues } = params as { readonly allowedValues?: readonly unknown[] };
  const rule = allowedValues
    ? `be one of ${allowedValues.join(', ')}`
    : message.replace(/^must /, '').replace(/^be (\w+)$/, (_, type: string) => `be ${withArticle(type)}`);
  const place = keys.length === 0 ? 'the content' : shortened(keys.join('.'));
  return `expected ${place} to ${rule}, got ${described(found)}`;
}

function withArticle(type: string): string {
  return `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
}
