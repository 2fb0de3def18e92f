/** state.json of a checkpoint: everything needed to resume that is not in the session's binary files. */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { COUNT, COUNTS, decodeJson, encodeJson, jsonFormat } from '../checkpoint/json.ts';
import { METRIC_FILES } from '../metrics/metric-files.ts';
import type { TrainerState } from '../train/run-store.ts';

export interface RunState extends TrainerState {
  /** Size in bytes of each metric file at the checkpoint; resuming truncates to it. */
  readonly metric_bytes: Readonly<Record<string, number>>;
}

/** Mean and count by name. */
const MEANS = {
  type: 'object',
  additionalProperties: { type: 'array', minItems: 2, maxItems: 2, items: [{ type: 'number' }, COUNT] },
} as const;

const format = jsonFormat<RunState>({
  type: 'object',
  required: [
    ...['step', 'rounds', 'iterations', 'optimizer_steps', 'scheduler_steps', 'last_info', 'best'],
    ...['environments', 'wall_s', 'metric_bytes'],
  ],
  properties: {
    step: COUNT,
    rounds: COUNT,
    skipped_updates: COUNT,
    updates_due: COUNT,
    iterations: COUNT,
    optimizer_steps: COUNTS,
    scheduler_steps: COUNTS,
    last_info: { type: 'object', nullable: true, additionalProperties: { type: 'number' } },
    interval: {
      type: 'object',
      required: ['update_means', 'means', 'episode_steps'],
      properties: {
        update_means: MEANS,
        means: MEANS,
        episode_steps: { type: 'array', items: { ...COUNT, nullable: true } },
      },
    },
    best: {
      type: 'object',
      nullable: true,
      required: ['step', 'mean'],
      properties: { step: COUNT, mean: { type: 'number' } },
    },
    environments: { enum: ['saved', 'new episodes'] },
    wall_s: { type: 'number', minimum: 0 },
    evaluation_due: { enum: [true] },
    curriculum_stage: { type: 'integer' },
    opponents: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
    // Without its length, a file would be cut to nothing.
    metric_bytes: { ...COUNTS, required: METRIC_FILES },
  },
});

export function encodeState(state: RunState): Uint8Array {
  return encodeJson(state);
}

/** Decodes state.json of the checkpoint of `step`. `where` names the file. Throws CheckpointError if it is damaged. */
export function decodeState(bytes: Uint8Array, where: string, step: number): RunState {
  const state = decodeJson(bytes, where, format);
  const { best } = state;
  if (state.step !== step)
    throw new CheckpointError(`${where}: expected step ${step}, as in manifest.json, got ${state.step}`);
  if (best !== null && best.step > step)
    throw new CheckpointError(`${where}: expected best.step up to ${step}, got ${best.step}`);
  return state;
}
