/** Networks of a checkpoint, without the rest of its state: what `init_from` starts with. */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { findCheckpoint, readCheckpoint, type Checkpoint } from '../checkpoint/load.ts';
import { readFile } from '../checkpoint/manifest.ts';
import { decodeSafetensors } from '../checkpoint/safetensors.ts';
import { decodeSections, type Sections } from '../core/sections.ts';
import type { InitialNetworks } from '../train/session.ts';

/** Running moments of observations: those of a learner's model, and (with others of its state) of a run. */
export const OBSERVATIONS = 'observations.bin';
const ROLLOUT = 'rollout.bin';

/** Reads the networks of a run, checkpoint or model; with `normalised`, the moments of its observations too. */
export function readNetworks(at: string, normalised: boolean): InitialNetworks {
  const checkpoint = readCheckpoint(findCheckpoint(at), { only: ['weights.safetensors'] });
  const { folder, files } = checkpoint;
  const weights = decodeSafetensors(files.get('weights.safetensors')!, `${folder}/weights.safetensors`);
  if (weights.has('observation/mean') !== normalised)
    throw new CheckpointError(
      `expected networks of ${normalised ? 'normalised' : 'raw'} observations, as use_obsnorm ${String(normalised)} ` +
        `says, got ${folder}; set use_obsnorm to ${String(!normalised)}`,
    );
  if (!normalised) return { weights };
  const moments = observationMoments(checkpoint);
  if (moments === undefined)
    throw new CheckpointError(`${folder}: expected ${ROLLOUT} or ${OBSERVATIONS}, got neither`);
  return { weights, moments };
}

/** Running moments of observations in a checkpoint; undefined if it has none. */
export function observationMoments({
  folder,
  manifest,
}: Pick<Checkpoint, 'folder' | 'manifest'>): Sections | undefined {
  const read = (name: string): Uint8Array => readFile(folder, manifest, name);
  if (manifest.files.has(OBSERVATIONS))
    return decodeSections(read(OBSERVATIONS), `${folder}/${OBSERVATIONS}`);
  if (!manifest.files.has(ROLLOUT)) return undefined;
  const where = `${folder}/${ROLLOUT}`;
  return decodeSections(decodeSections(read(ROLLOUT), where).get('rollout', Uint8Array), where);
}
