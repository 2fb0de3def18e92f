/**
 * A learner's model directory: one checkpoint in the format of runs, without replay and environments: weights.safetensors,
 * policy.json (how to act), optimizer.safetensors and state.json.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { COUNT, COUNTS, decodeJson, encodeJson, jsonFormat } from '../checkpoint/json.ts';
import type { FileContent } from '../checkpoint/file-content.ts';
import { checkpointsOf, stepFolders } from '../checkpoint/layout.ts';
import { findCheckpoint, readCheckpoint } from '../checkpoint/load.ts';
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.ts';
import { saveCheckpoint } from '../checkpoint/save.ts';
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { FastStream } from '../core/random.ts';
import { encodeSections } from '../core/sections.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import type { Learner, LearnerCounters } from '../learners/learner.ts';
import { moments, requireMoments, restoreMoments } from '../policy/moments.ts';
import { OBSERVATIONS, observationMoments } from '../run/networks.ts';
import { encodePolicyFile } from '../run/policy-file.ts';
import { VERSION } from '../version.ts';

/** What is saved and restored. */
export interface Model {
  readonly config: Config;
  readonly envId: string | undefined;
  readonly learner: Learner;
  /** Noise stream of updates. */
  readonly stream: FastStream;
}

/** state.json. */
interface ModelState extends LearnerCounters {
  /** Noise stream state; absent in checkpoints of runs. */
  readonly noise?: readonly number[];
}

const stateFormat = jsonFormat<ModelState>({
  type: 'object',
  required: ['iterations', 'optimizer_steps', 'scheduler_steps'],
  properties: {
    iterations: COUNT,
    optimizer_steps: COUNTS,
    scheduler_steps: COUNTS,
    noise: {
      type: 'array',
      items: { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 },
      minItems: FastStream.STATE_WORDS,
      maxItems: FastStream.STATE_WORDS,
      contains: { not: { const: 0 } },
    },
  },
});

/** Replaces the model in `dir`. Returns the folder written. */
export function saveModel(dir: string, { config, envId, learner, stream }: Model): string {
  const { policy } = learner;
  requireNoRun(dir);
  const state: ModelState = { ...learner.counters(), noise: [...stream.getState()] };
  const files: Record<string, FileContent> = {
    'weights.safetensors': encodeSafetensors(policy.tensors()),
    'optimizer.safetensors': encodeSafetensors(moments(policy)),
    'policy.json': encodePolicyFile(
      { agent: config.agent, eval_policy: config.eval_policy, env_id: envId },
      policy,
    ),
    'state.json': encodeJson(state),
    ...(policy.observations && { [OBSERVATIONS]: encodeSections(policy.observations.arrays()) }),
  };
  return saveCheckpoint(dir, learner.iterations, files, {
    packageVersion: VERSION,
    createdBy: {
      agent: algorithmNames(config).join(', '),
      ...(envId !== undefined && { env_id: envId }),
      engine: policy.engine.name,
    },
    keep: 1,
  });
}

/** Saving a model must not replace a run's checkpoints, which resuming needs. */
function requireNoRun(dir: string): void {
  const checkpoints = checkpointsOf(dir);
  if (!fs.existsSync(checkpoints)) return;
  const begun = fs.existsSync(path.join(dir, 'log.jsonl'));
  if (
    begun ||
    stepFolders(checkpoints).some(({ name }) => fs.existsSync(path.join(checkpoints, name, 'replay.bin')))
  )
    throw new UserError(
      `${dir}: expected a model folder, got a run directory, whose checkpoints would be lost; save to another folder`,
    );
}

/** Restores the model, or the newest checkpoint of a run, in `dir`. Returns the folder read. */
export function loadModel(dir: string, { learner, stream }: Model): string {
  const { policy } = learner;
  const folder = findCheckpoint(dir);
  const { files, manifest } = readCheckpoint(folder, {
    only: ['weights.safetensors', 'optimizer.safetensors', 'state.json'],
  });
  const where = (name: string): string => `${folder}/${name}`;
  const tensors = (name: string): TensorMap => decodeSafetensors(files.get(name)!, where(name));
  const [weights, adams] = [tensors('weights.safetensors'), tensors('optimizer.safetensors')];
  const state = decodeJson(files.get('state.json')!, where('state.json'), stateFormat);
  const observed = policy.observations && observationMoments({ folder, manifest });
  if (weights.has('observation/mean') && !policy.observations)
    throw new UserError(
      `${folder}: expected networks of raw observations, got networks of normalised ones; set use_obsnorm: true`,
    );
  // Everything is checked before anything changes.
  learner.requireCounters(state, where('state.json'));
  policy.requireParameters(weights, where('weights.safetensors'));
  requireMoments([...policy.networks.values()], adams, where('optimizer.safetensors'));
  policy.load(weights);
  restoreMoments(policy, adams, where('optimizer.safetensors'));
  if (observed) policy.observations.restore(observed);
  learner.restore(state, where('state.json'));
  if (state.noise) stream.setState(Uint32Array.from(state.noise));
  return folder;
}
