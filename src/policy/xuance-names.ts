/**
 * XuanCe's names of a policy's tensors, as of release 1.4.4: `actor.agent_0.model.2.weight` for `actor/agent_0/W1`. A network's
 * modules are numbered: linear layer, activation (without parameters), normalisation. Models are named after their agent, or
 * the first of those that share. The order is that of PyTorch's parameters(), by which optimizers number their state.
 */
import type { NetworkSpec } from '../engine/network-spec.ts';
import { layersOf } from '../engine/network-spec.ts';
import type { ParameterGroup } from './groups.ts';
import type { PolicyLayout } from './layout.ts';

export interface XuanceTensor {
  /** Name here. */
  readonly name: string;
  readonly xuance: string;
}

/** The model key of a group. */
export function modelKeyOf({ spec }: PolicyLayout, { agents }: ParameterGroup): string {
  return spec.agents[agents[0]!]!.name;
}

/** The tensors of network `<network>/<group>`, in PyTorch's order; `key`: the group's model key. */
export function xuanceTensors(spec: NetworkSpec, key: string): XuanceTensor[] {
  const prefix = `${spec.name.split('/')[0]!}.${key}`;
  // Soft actors keep their hidden layers apart from their heads.
  const body = `${prefix}.${spec.heads ? 'output' : 'model'}`;
  const layers = layersOf(spec);
  let module = 0;
  return layers.flatMap(({ activation, normalization }, l): XuanceTensor[] => {
    const pair = (base: string, weight: string, bias: string): XuanceTensor[] => [
      { name: `${spec.name}/${weight}`, xuance: `${base}.weight` },
      { name: `${spec.name}/${bias}`, xuance: `${base}.bias` },
    ];
    if (l + 1 === layers.length && spec.heads)
      return spec.heads.flatMap((head) =>
        pair(`${prefix}.out_${head === 'logstd' ? 'log_std' : head}`, `W_${head}`, `b_${head}`),
      );
    const linear = pair(`${body}.${module}`, `W${l}`, `b${l}`);
    module += activation === 'none' ? 1 : 2;
    if (!normalization) return linear;
    module += 1;
    return [...linear, ...pair(`${body}.${module - 1}`, `gain${l}`, `shift${l}`)];
  });
}

/** Networks that XuanCe has too: all but temperatures, which its checkpoints lack. */
export function inXuance({ name }: NetworkSpec): boolean {
  return !name.startsWith('alpha/');
}
