/** JSON files of a checkpoint. */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

/** Fields of a JSON file, unchecked. Throws CheckpointError unless it is a JSON object. */
export function decodeJson<T>(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  name: string,
): Partial<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(files.get(name)));
  } catch (error) {
    throw new CheckpointError(`${folder}/${name}: expected JSON, got something else`, { cause: error });
  }
  if (typeof value === 'object' && value !== null) return value;
  throw new CheckpointError(`${folder}/${name}: expected a JSON object, got ${JSON.stringify(value)}`);
}
