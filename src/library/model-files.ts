/**
 * A learner's model directory: one checkpoint in the format of runs, without replay and environments: weights.safetensors,
 * policy.json (how to act), optimizer.safetensors and state.json.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { checkpointsOf, stepFolders } from '../checkpoint/layout.ts';
import { findCheckpoint, readCheckpoint } from '../checkpoint/load.ts';
import { readFile, type FileContent } from '../checkpoint/manifest.ts';
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.ts';
import { saveCheckpoint } from '../checkpoint/save.ts';
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { described } from '../core/described.ts';
import { FastStream } from '../core/random.ts';
import { decodeSections, encodeSections } from '../core/sections.ts';
import { UserError } from '../core/user-error.ts';
import type { Learner, LearnerCounters } from '../learners/learner.ts';
import { loadMoments, moments } from '../policy/moments.ts';
import { decodeJson, encodeJson } from '../run/json.ts';
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

/** Running moments of observation normalisation. */
const OBSERVATIONS = 'observations.bin';

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
  if (stepFolders(checkpoints).some(({ name }) => fs.existsSync(path.join(checkpoints, name, 'replay.bin'))))
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
  const tensors = (name: string) => decodeSafetensors(files.get(name)!, `${folder}/${name}`);
  const [weights, adams] = [tensors('weights.safetensors'), tensors('optimizer.safetensors')];
  const state = decodeState(files, folder, learner);
  const observed = manifest.files.has(OBSERVATIONS)
    ? decodeSections(readFile(folder, manifest, OBSERVATIONS), `${folder}/${OBSERVATIONS}`)
    : undefined;
  if (weights.has('observation/mean') && !policy.observations)
    throw new UserError(
      `${folder}: expected networks of raw observations, got networks of normalised ones; set use_obsnorm: true`,
    );
  policy.load(weights);
  loadMoments(policy, adams);
  if (observed && policy.observations) {
    for (const [name, array] of Object.entries(policy.observations.arrays()))
      array.set(observed.get(name, Float64Array, array.length));
    policy.observations.restored();
  }
  learner.restore(state);
  if (state.noise) stream.setState(Uint32Array.from(state.noise));
  return folder;
}

/** Throws CheckpointError if the counters do not match the learner's optimizers. */
function decodeState(files: ReadonlyMap<string, Uint8Array>, folder: string, learner: Learner): ModelState {
  const where = `${folder}/state.json`;
  const state = decodeJson<Record<keyof ModelState, unknown>>(files, folder, 'state.json');
  const require = (fits: boolean, expected: string, got: unknown): void => {
    if (!fits) throw new CheckpointError(`${where}: expected ${expected}, got ${described(got)}`);
  };
  require(isCount(state.iterations), 'a whole number as iterations', state.iterations);
  for (const key of ['optimizer_steps', 'scheduler_steps'] as const) {
    const steps = Object(state[key]) as Readonly<Record<string, unknown>>;
    for (const name of learner.optimizer.keys())
      require(isCount(steps[name]), `a whole number as ${key} of ${name}`, steps[name]);
  }
  const { noise } = state;
  const isState = Array.isArray(noise) && noise.length === FastStream.STATE_WORDS && noise.every(isCount);
  require(noise === undefined || isState, `${FastStream.STATE_WORDS} whole numbers as noise`, noise);
  return state as ModelState;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
