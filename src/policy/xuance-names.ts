/**
 * XuanCe's names of a policy's tensors, as of release 1.4.4: `actor.agent_0.model.2.weight` for `actor/agent_0/W1`. A network's
 * modules are numbered: linear layer, activation (without parameters), normalisation. What a recurrent network has in front of
 * its head is a module of its own, `actor_representation`, with `mlp` and `rnn`. Models are named after their agent, or the
 * first of those that share. The order is that of PyTorch's parameters(), by which optimizers number their state.
 */
import { layersOf, recurrentLayersOf, type Layer, type NetworkSpec } from '../engine/network-spec.ts';
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
  const network = spec.name.split('/')[0]!;
  const prefix = `${network}.${key}`;
  const representation = `${network}_representation.${key}`;
  const tensor = (leaf: string, xuance: string): XuanceTensor => ({ name: `${spec.name}/${leaf}`, xuance });
  const pair = (base: string, weight: string, bias: string): XuanceTensor[] => [
    tensor(weight, `${base}.weight`),
    tensor(bias, `${base}.bias`),
  ];
  const modules = (layers: readonly Layer[], base: string, leaf: string): XuanceTensor[] => {
    let module = 0;
    return layers.flatMap(({ activation, normalization }, l) => {
      const linear = pair(`${base}.${module}`, `${leaf}W${l}`, `${leaf}b${l}`);
      module += activation === 'none' ? 1 : 2;
      if (!normalization) return linear;
      module += 1;
      return [...linear, ...pair(`${base}.${module - 1}`, `${leaf}gain${l}`, `${leaf}shift${l}`)];
    });
  };
  const layers = layersOf(spec);
  const front = spec.recurrent?.fc.length ?? 0;
  return [
    ...modules(layers.slice(0, front), `${representation}.mlp`, 'fc_'),
    ...recurrentLayersOf(spec).flatMap((_, l) =>
      RNN_TENSORS.map(([leaf, xuance]) => tensor(`rnn_${leaf}${l}`, `${representation}.rnn.${xuance}_l${l}`)),
    ),
    // Soft actors keep their hidden layers apart from their heads.
    ...modules(
      layers.slice(front, spec.heads ? -1 : undefined),
      `${prefix}.${spec.heads ? 'output' : 'model'}`,
      '',
    ),
    ...(spec.heads ?? []).flatMap((head) =>
      pair(`${prefix}.out_${head === 'logstd' ? 'log_std' : head}`, `W_${head}`, `b_${head}`),
    ),
  ];
}

/** Tensors of a layer of torch.nn.GRU or LSTM. */
const RNN_TENSORS = [
  ['W_ih', 'weight_ih'],
  ['W_hh', 'weight_hh'],
  ['b_ih', 'bias_ih'],
  ['b_hh', 'bias_hh'],
] as const;

/** Networks that XuanCe has too: all but temperatures, which its checkpoints lack. */
export function inXuance({ name }: NetworkSpec): boolean {
  return !name.startsWith('alpha/');
}
