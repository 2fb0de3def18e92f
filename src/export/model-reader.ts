/** ModelReader: makes ExportedModels from a policy's networks. Tensors that agents share are made once. */
import type { TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import { layersOf, leavesOf, recurrentLayersOf, type NetworkSpec } from '../engine/network-spec.ts';
import { headOf } from '../policy/actor-head.ts';
import { idColumns, rowWidth, type RowPart } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { PolicyLayout } from '../policy/layout.ts';
import { OBSERVATION_EPSILON } from '../policy/observation-norm.ts';
import type {
  DenseLayer,
  ExportedInput,
  ExportedLayer,
  ExportedModel,
  ExportedTensor,
  RecurrentLayer,
} from './exported-policy.ts';

type Named = Pick<ExportedTensor, 'name' | 'shape'>;

/** Of float32: bounds beyond it bound nothing. */
const LARGEST = 3.4028234663852886e38;

/** An input row of one agent, or of its head behind recurrent layers: which columns hold its id, and which of them is 1. */
interface Row {
  readonly idFrom: number;
  readonly idWidth: number;
  readonly id: number;
}

export class ModelReader {
  readonly #layout: PolicyLayout;
  readonly #weights: TensorMap;
  readonly #range: number | undefined;
  readonly #specs: ReadonlyMap<string, NetworkSpec>;
  readonly #tensors = new Map<string, ExportedTensor>();

  /** `range`: that of observation normalisation, if there is any. */
  constructor(layout: PolicyLayout, weights: TensorMap, range: number | undefined) {
    this.#layout = layout;
    this.#weights = weights;
    this.#range = range;
    this.#specs = new Map(layout.specs().map((spec) => [spec.name, spec]));
  }

  /** What agent i plays. */
  actor(i: number, which: 'online' | 'target'): ExportedModel {
    const layout = this.#layout;
    const group = this.#layout.groupOf(i);
    const prefix = which === 'online' ? '' : 'target_';
    const { actionKind, actionLow, actionHigh, actWidth } = layout.spec.agents[i]!;
    const [low, high] = [Math.max(actionLow, -LARGEST), Math.min(actionHigh, LARGEST)];
    const gaussian = headOf(layout, group) === 'gaussian';
    return {
      ...this.#model(
        i,
        layout.designOf(group).actorInput,
        layout.subNetworks('actor').map((actor) => `${prefix}${actor}/${group.name}`),
        gaussian,
      ),
      width: actWidth,
      output: actionKind === 'box' ? { kind: 'box', low, high } : { kind: 'discrete' },
    };
  }

  /** What agent i's online critics say. */
  critic(i: number): ExportedModel {
    const group = this.#layout.groupOf(i);
    const { critics, criticInput } = this.#layout.designOf(group);
    const names = critics.map((critic) => `${critic}/${group.name}`);
    return { ...this.#model(i, criticInput, names, false), width: 1, output: { kind: 'value' } };
  }

  #model(
    i: number,
    parts: readonly RowPart[],
    names: readonly string[],
    gaussian: boolean,
  ): Pick<ExportedModel, 'inputs' | 'networks' | 'state'> {
    const group = this.#layout.groupOf(i);
    const networks = names.map((name) => this.#spec(name));
    const { from, count } = idColumns(parts, networks[0]!, this.#layout.spec, group);
    const row = { idFrom: from, idWidth: count, id: group.agents.indexOf(i) };
    return {
      inputs: parts.flatMap((part) => (part === 'id_i' ? [] : this.#input(i, group, part))),
      networks: networks.map((network) => this.#layers(network, row, gaussian)),
      state: networks[0]!.recurrent ? this.#layout.stateWidth(i) : 0,
    };
  }

  #spec(name: string): NetworkSpec {
    const spec = this.#specs.get(name);
    if (spec) return spec;
    throw new UserError(
      `eval_policy: expected actors with targets, got a policy without ${name}; export needs the actors that eval plays`,
    );
  }

  #input(i: number, group: ParameterGroup, part: Exclude<RowPart, 'id_i'>): ExportedInput {
    const { spec } = this.#layout;
    const width = rowWidth([part], spec, group);
    const name = part === 'obs_i' ? 'obs' : part === 'act_i' ? 'act' : part;
    if (this.#range === undefined || (name !== 'obs' && name !== 'joint_obs')) return { name, width };
    const seen = name === 'obs' ? [i] : (group.criticAgents ?? spec.agents.map((_, k) => k));
    const columns = seen.flatMap((k) =>
      Array.from({ length: spec.agents[k]!.obsWidth }, (_, c) => spec.obsOffsets[k]! + c),
    );
    // Agents of a group have the same moments.
    const base = name === 'obs' ? `observation/${group.name}` : `joint_observation/${group.name}`;
    const column = (leaf: string, of: (x: number) => number): ExportedTensor =>
      this.#tensor(`${base}/${leaf === 'std' ? 'scale' : leaf}`, [width], () => {
        const all = this.#read(`observation/${leaf}`);
        return Float32Array.from(columns, (c) => of(all[c]!));
      });
    return {
      ...{ name, width },
      normalization: {
        mean: column('mean', (x) => x),
        scale: column('std', (std) => 1 / (std + OBSERVATION_EPSILON)),
        range: this.#range,
      },
    };
  }

  #layers(spec: NetworkSpec, row: Row, gaussian: boolean): ExportedLayer[] {
    const leaves = new Map(leavesOf(spec).map((leaf) => [leaf.offset, leaf]));
    const named = (offset: number): Named => {
      const { name, shape } = leaves.get(offset)!;
      return { name: `${spec.name}/${name}`, shape };
    };
    const tensor = (offset: number): ExportedTensor => {
      const { name, shape } = named(offset);
      return this.#tensor(name, shape, () => this.#read(name));
    };
    const layers = layersOf(spec);
    const front = spec.recurrent?.fc.length ?? 0;
    const dense = layers.map(({ weight, bias, activation, normalization }, l): DenseLayer => ({
      ...(l === front && row.idWidth > 0
        ? this.#withoutId(named(weight), named(bias), row)
        : { weight: tensor(weight), bias: tensor(bias) }),
      activation: l + 1 === layers.length && gaussian ? this.#layout.options.activation_action : activation,
      negativeSlope: spec.negativeSlope,
      ...(normalization && {
        layerNorm: { gain: tensor(normalization.gain), shift: tensor(normalization.shift) },
      }),
    }));
    const recurrent = recurrentLayersOf(spec).map((layer): RecurrentLayer => ({
      ...{ cell: layer.cell, width: layer.width },
      ...{ inputWeight: tensor(layer.inputWeight), stateWeight: tensor(layer.stateWeight) },
      ...{ inputBias: tensor(layer.inputBias), stateBias: tensor(layer.stateBias) },
    }));
    return [...dense.slice(0, front), ...recurrent, ...dense.slice(front)];
  }

  /** The layer that one agent's id enters: its column of W is added to b, as the engines do. */
  #withoutId(
    { name: weightName, shape }: Named,
    { name: biasName }: Named,
    { idFrom, idWidth, id }: Row,
  ): Pick<DenseLayer, 'weight' | 'bias'> {
    const [outputs, inputs] = shape as [number, number];
    const width = inputs - idWidth;
    const weight = this.#tensor(weightName, [outputs, width], () => {
      const whole = this.#read(weightName);
      return Float32Array.from({ length: outputs * width }, (_, k) => {
        const c = k % width;
        return whole[Math.floor(k / width) * inputs + (c < idFrom ? c : c + idWidth)]!;
      });
    });
    const bias = this.#tensor(`${biasName}/${id}`, [outputs], () => {
      const whole = this.#read(weightName);
      return this.#read(biasName).map((b, o) => b + whole[o * inputs + idFrom + id]!);
    });
    return { weight, bias };
  }

  #tensor(name: string, shape: readonly number[], data: () => Float32Array): ExportedTensor {
    const made = this.#tensors.get(name) ?? { name, shape, data: data() };
    this.#tensors.set(name, made);
    return made;
  }

  #read(name: string): Float32Array {
    return this.#weights.get(name)!.data;
  }
}
