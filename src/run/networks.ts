/** Networks of a checkpoint, without the rest of its state: what `init_from` starts with. */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { findCheckpoint, readCheckpoint } from '../checkpoint/load.ts';
import { decodeSafetensors } from '../checkpoint/safetensors.ts';
import { decodeSections, type Sections } from '../core/sections.ts';
import type { InitialNetworks } from '../train/session.ts';

/** Reads the networks of a run or checkpoint; with `normalised`, the moments of its observations too. */
export function readNetworks(at: string, normalised: boolean): InitialNetworks {
  const folder = findCheckpoint(at);
  const names = normalised ? ['weights.safetensors', 'rollout.bin'] : ['weights.safetensors'];
  const { files } = readCheckpoint(folder, { only: names });
  const weights = decodeSafetensors(files.get('weights.safetensors')!, `${folder}/weights.safetensors`);
  if (weights.has('observation/mean') !== normalised)
    throw new CheckpointError(
      `expected networks of ${normalised ? 'normalised' : 'raw'} observations, as use_obsnorm ${String(normalised)} ` +
        `says, got ${folder}; set use_obsnorm to ${String(!normalised)}`,
    );
  if (!normalised) return { weights };
  return { weights, moments: observationMoments(files.get('rollout.bin')!, `${folder}/rollout.bin`) };
}

/** Running moments of observations in a run's rollout.bin; `where` names the file. */
export function observationMoments(rollout: Uint8Array, where: string): Sections {
  return decodeSections(decodeSections(rollout, where).get('rollout', Uint8Array), where);
}
