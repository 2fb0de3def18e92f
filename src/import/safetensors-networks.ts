/**
 * Networks of a safetensors file with the names of a checkpoint's weights.safetensors, or of `maddpg export --format torch
 * --critics`. Missing targets start as copies, missing temperatures from 1. In an export, an agent's id is part of its bias
 * (`b0/<k>`): the difference of two agents' biases is that of the id's columns.
 */
import { decodeSafetensors } from '../checkpoint/safetensors.ts';
import type { Tensor } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import { leavesOf, type NetworkSpec } from '../engine/network-spec.ts';
import { idColumns } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { PolicyLayout } from '../policy/layout.ts';
import { requireTensors } from '../policy/require-tensors.ts';
import { freshTemperatures, type ImportedNetworks } from './imported-networks.ts';

/** Reads the file that `where` names. Throws UserError unless it fits the layout. */
export function readSafetensorsNetworks(
  bytes: Uint8Array,
  where: string,
  layout: PolicyLayout,
): ImportedNetworks {
  const weights = new Map(decodeSafetensors(bytes, where));
  const specs = layout.specs();
  const notes: string[] = [];
  for (const group of layout.groups)
    for (const spec of specs)
      if (spec.name.endsWith(`/${group.name}`) && weights.has(`${spec.name}/b0/0`))
        withIds(weights, spec, idsOf(layout, group, spec), where);
  for (const spec of specs.filter(({ name }) => name.startsWith('target_'))) {
    const leaves = leavesOf(spec).map(({ name }) => `${spec.name}/${name}`);
    if (leaves.some((name) => weights.has(name))) continue;
    notes.push(`${spec.name} is missing: it starts as a copy`);
    for (const name of leaves) {
      const online = weights.get(name.replace(/^target_/, ''));
      if (online) weights.set(name, { shape: online.shape, data: online.data.slice() });
    }
  }
  for (const [name, tensor] of freshTemperatures(layout))
    if (!weights.has(name)) {
      notes.push(`${name} is missing: the temperature starts from 1`);
      weights.set(name, tensor);
    }
  try {
    requireTensors(specs, weights, where);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}; exports need --critics, and those of soft actors lack logstd`, {
      cause: error,
    });
  }
  return { weights, notes };
}

/** Which columns hold ids in the layer that they enter. */
function idsOf(layout: PolicyLayout, group: ParameterGroup, network: NetworkSpec): Ids {
  const { actorInput, criticInput } = layout.designOf(group);
  const parts = /^(target_)?actor/.test(network.name) ? actorInput : criticInput;
  return idColumns(parts, network, layout.spec, group);
}

type Ids = ReturnType<typeof idColumns>;

/** Replaces W0 without ids and biases b0/<k> by W0 with ids and b0. */
function withIds(
  weights: Map<string, Tensor>,
  { name }: NetworkSpec,
  { from, count }: Ids,
  where: string,
): void {
  const weight = weights.get(`${name}/W0`);
  const biases = Array.from({ length: count }, (_, k) => weights.get(`${name}/b0/${k}`));
  const outputs = weight?.shape[0];
  if (weight?.shape.length !== 2 || biases.some((bias) => bias?.shape.join() !== String(outputs)))
    throw new UserError(
      `${where}: expected ${name} of all ${count} agents that share it, got fewer; export without --agent`,
    );
  const inputs = weight.shape[1]!;
  const width = inputs + count;
  const data = Float32Array.from({ length: outputs! * width }, (_, k) => {
    const [o, c] = [Math.floor(k / width), k % width];
    if (c >= from && c < from + count) return biases[c - from]!.data[o]! - biases[0]!.data[o]!;
    return weight.data[o * inputs + (c < from ? c : c - count)]!;
  });
  weights.set(`${name}/W0`, { shape: [outputs!, width], data });
  weights.set(`${name}/b0`, biases[0]!);
  for (let k = 0; k < count; k++) weights.delete(`${name}/b0/${k}`);
}
