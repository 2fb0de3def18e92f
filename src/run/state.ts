/** state.json of a checkpoint: everything needed to resume that is not in the session's binary files. */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import type { TrainerState } from '../train/run-store.ts';
import { decodeJson, encodeJson } from './json.ts';

export interface RunState extends TrainerState {
  /** Size in bytes of each metric file at the checkpoint; resuming truncates to it. */
  readonly metric_bytes: Readonly<Record<string, number>>;
}

export function encodeState(state: RunState): Uint8Array {
  return encodeJson(state);
}

/** Decodes state.json. Throws CheckpointError if it is invalid. */
export function decodeState(files: ReadonlyMap<string, Uint8Array>, folder: string): RunState {
  const where = `${folder}/state.json`;
  const state = decodeJson<RunState>(files, folder, 'state.json');
  for (const key of ['step', 'rounds', 'iterations', 'wall_s'] as const)
    if (typeof state[key] !== 'number')
      throw new CheckpointError(`${where}: expected a number as ${key}, got ${JSON.stringify(state[key])}`);
  for (const key of ['optimizer_steps', 'scheduler_steps', 'metric_bytes', 'last_info'] as const)
    if (typeof state[key] !== 'object')
      throw new CheckpointError(`${where}: expected a mapping as ${key}, got ${JSON.stringify(state[key])}`);
  return state as RunState;
}
