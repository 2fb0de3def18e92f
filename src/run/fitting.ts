/**
 * Whether a checkpoint's tensors are those of its configuration and agents. Checked before anything is built, so that
 * nothing is made larger than the checkpoint's own files.
 */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { decodeSafetensors } from '../checkpoint/safetensors.ts';
import type { Config } from '../config/keys.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { decodeSections } from '../core/sections.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import type { AlgorithmTable } from '../learners/registry.ts';
import { requireTensors } from '../policy/require-tensors.ts';
import { layoutOf } from '../train/build.ts';

/** The weights in checkpoint `folder`. Throws UserError unless they fit. */
export function fittingWeights(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  config: Config,
  spec: JointSpec,
  table?: AlgorithmTable,
): TensorMap {
  const where = `${folder}/weights.safetensors`;
  const weights = decodeSafetensors(files.get('weights.safetensors')!, where);
  const layout = layoutOf(config, spec, table);
  // Each group has an actor of its own, and of every other group where it infers their policies: count before listing.
  const actors = layout.groups.reduce((sum, group) => sum + 1 + layout.inferredBy(group).length, 0);
  const least = actors * config.ensemble_size;
  if (weights.size < least)
    throw new CheckpointError(`${where}: expected at least ${least} tensors, got ${weights.size}`);
  requireTensors(layout.specs(), weights, where, config.use_obsnorm ? spec.obsTotal : 0);
  return weights;
}

/** Throws UserError unless the checkpoint's files fit what resuming builds: networks and environments. */
export function requireFittingFiles(...parts: Parameters<typeof fittingWeights>): void {
  const [files, folder, { parallels }] = parts;
  decodeSections(files.get('rollout.bin')!, `${folder}/rollout.bin`).get(
    'endedInRound',
    Uint8Array,
    parallels,
  );
  fittingWeights(...parts);
}
