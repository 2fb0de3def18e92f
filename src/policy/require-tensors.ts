/** Whether tensors of a file are those of a policy's networks. */
import { shortened } from '../core/described.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import { leavesOf, type NetworkSpec } from '../engine/network-spec.ts';

/**
 * Throws UserError unless `tensors` hold every parameter of these networks with its shape, all finite, and nothing else.
 * `observations`: width of the normalised joint observation; 0 without. `where` names the file.
 */
export function requireTensors(
  networks: Iterable<NetworkSpec>,
  tensors: TensorMap,
  where: string,
  observations = 0,
): void {
  const expected = new Map<string, readonly number[]>();
  for (const spec of networks)
    for (const { name, shape } of leavesOf(spec)) expected.set(`${spec.name}/${name}`, shape);
  if (observations > 0)
    for (const name of ['observation/mean', 'observation/std']) expected.set(name, [observations]);
  for (const [name, shape] of expected) {
    const found = tensors.get(name);
    if (found?.shape.join() !== shape.join())
      throw new UserError(
        `${where}: expected ${name} of shape ${listed(shape)}, got ${listed(found?.shape)}`,
      );
    const bad = found.data.find((x) => !Number.isFinite(x));
    if (bad !== undefined) throw new UserError(`${where}: expected finite numbers in ${name}, got ${bad}`);
  }
  const other = [...tensors.keys()].find((name) => !expected.has(name));
  if (other !== undefined)
    throw new UserError(`${where}: expected the tensors of this policy only, got ${shortened(other)} too`);
}

function listed(shape: readonly number[] | undefined): string {
  return shape ? `[${shape.join(', ')}]` : 'none';
}
