/**
 * Networks and optimizers of a checkpoint that XuanCe 1.4.4 wrote (`learner.save_model`): {policy: state_dict, optimizer:
 * {model key: {actor, critic: Adam's state_dict}}, rng_state, cuda_rng_state}. It saves neither temperatures and their
 * optimizer, nor schedulers, whose steps are those of the optimizers, nor steps, replay buffer and observation moments.
 */
import type { Config } from '../config/keys.ts';
import { described, shortened } from '../core/described.ts';
import { sizeOf, type Tensor } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import { leavesOf, type NetworkSpec } from '../engine/network-spec.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { PolicyLayout } from '../policy/layout.ts';
import { inXuance, modelKeyOf, xuanceTensors } from '../policy/xuance-names.ts';
import { freshTemperatures, type ImportedNetworks } from './imported-networks.ts';
import { readTorchFile, TorchTensor } from './torch-file.ts';

type Dictionary = ReadonlyMap<unknown, unknown>;

/** Reads the checkpoint; `where` names the file. Throws UserError unless it fits layout and configuration. */
export function readXuanceCheckpoint(
  bytes: Uint8Array,
  where: string,
  layout: PolicyLayout,
  config: Config,
): ImportedNetworks {
  return new CheckpointReader(readTorchFile(bytes, where), where, layout, config).read();
}

class CheckpointReader {
  readonly #file: Dictionary;
  readonly #where: string;
  readonly #layout: PolicyLayout;
  readonly #config: Config;
  readonly #specs: readonly NetworkSpec[];
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #notes = new Set<string>();

  constructor(file: unknown, where: string, layout: PolicyLayout, config: Config) {
    this.#where = where;
    this.#file = this.#dictionary(file, 'a checkpoint');
    this.#layout = layout;
    this.#config = config;
    this.#specs = layout.specs();
    this.#shapes = new Map(
      this.#specs.flatMap((spec) => leavesOf(spec).map(({ name, shape }) => [`${spec.name}/${name}`, shape])),
    );
  }

  read(): ImportedNetworks {
    const policy = this.#dictionary(this.#file.get('policy'), 'policy');
    const weights = new Map<string, Tensor>(freshTemperatures(this.#layout));
    if (weights.size > 0)
      this.#notes.add('XuanCe saves no temperature: it starts from 1, as when XuanCe loads the checkpoint');
    const known = new Set<string>();
    for (const group of this.#layout.groups)
      for (const spec of this.#specsOf(group))
        for (const { name, xuance } of xuanceTensors(spec, modelKeyOf(this.#layout, group))) {
          weights.set(name, this.#tensor(policy.get(xuance), name, xuance));
          known.add(xuance);
        }
    const other = [...policy.keys()].find((name) => typeof name !== 'string' || !known.has(name));
    if (other !== undefined)
      throw this.#fault(
        'the networks of the configuration only',
        `${typeof other === 'string' ? shortened(other) : described(other)} too`,
      );
    return { weights, optimizers: this.#optimizers(), notes: [...this.#notes] };
  }

  #specsOf(group: ParameterGroup): NetworkSpec[] {
    return this.#specs.filter((spec) => inXuance(spec) && spec.name.endsWith(`/${group.name}`));
  }

  #optimizers(): ImportedNetworks['optimizers'] {
    const optimizer = this.#file.get('optimizer');
    if (optimizer === undefined) {
      this.#notes.add('the checkpoint has no optimizer state: Adam starts anew');
      return undefined;
    }
    const all = this.#dictionary(optimizer, 'optimizer');
    const moments = new Map<string, Tensor>();
    const steps: Record<string, number> = {};
    for (const group of this.#layout.groups) {
      const key = modelKeyOf(this.#layout, group);
      const own = this.#dictionary(all.get(key), `optimizer of ${key}`);
      const online = this.#specsOf(group).filter(({ name }) => !name.startsWith('target_'));
      for (const network of ['actor', 'critic'] as const) {
        const trained = online.filter(({ name }) => name.startsWith('actor') === (network === 'actor'));
        const label = `the ${network} optimizer of ${key}`;
        const state = this.#dictionary(own.get(network), label);
        steps[`${network}/${group.name}`] = this.#adam(state, label, trained, key, moments);
        this.#compareRates(state, label, network);
      }
      if (this.#layout.designOf(group).temperature === true) {
        steps[`alpha/${group.name}`] = 0;
        this.#zeroMoments(`alpha/${group.name}/log_alpha`, [1], moments);
      }
    }
    // Targets are not trained, but have moments in a policy.
    for (const [name, shape] of this.#shapes)
      if (!moments.has(`exp_avg/${name}`)) this.#zeroMoments(name, shape, moments);
    return { moments, steps };
  }

  /** Reads Adam's state of these networks into `moments`; returns its steps. */
  #adam(
    state: Dictionary,
    label: string,
    trained: readonly NetworkSpec[],
    key: string,
    moments: Map<string, Tensor>,
  ): number {
    const byNumber = this.#dictionary(state.get('state'), label);
    const tensors = trained.flatMap((spec) => xuanceTensors(spec, key));
    if (byNumber.size === 0) {
      for (const { name } of tensors) this.#zeroMoments(name, this.#shapes.get(name)!, moments);
      return 0;
    }
    if (byNumber.size !== tensors.length)
      throw this.#fault(`${label} of ${tensors.length} tensors`, String(byNumber.size));
    const steps = tensors.map(({ name, xuance }, k) => {
      const one = this.#dictionary(byNumber.get(k), `${label}, tensor ${k}`);
      for (const moment of ['exp_avg', 'exp_avg_sq'])
        moments.set(`${moment}/${name}`, this.#tensor(one.get(moment), name, `${moment} of ${xuance}`));
      return this.#steps(one.get('step'), label);
    });
    if (new Set(steps).size > 1) throw this.#fault(`${label} with equal steps`, 'different ones');
    return steps[0]!;
  }

  #steps(step: unknown, label: string): number {
    const value =
      step instanceof TorchTensor && step.isFloat32 && step.shape.length === 0 ? step.floats()[0] : step;
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw this.#fault(`${label} with a whole number of steps`, described(value));
    return value as number;
  }

  /** Notes rates and constants of Adam that differ from the configuration's. */
  #compareRates(state: Dictionary, label: string, network: 'actor' | 'critic'): void {
    const groups = state.get('param_groups');
    const group: unknown = Array.isArray(groups) ? groups[0] : undefined;
    if (!(group instanceof Map)) throw this.#fault(`${label} with param_groups`, described(groups));
    const key = `learning_rate_${network}` as const;
    const rate: unknown = group.get('initial_lr') ?? group.get('lr');
    if (typeof rate === 'number' && rate !== this.#config[key])
      this.#notes.add(
        `${key}: the checkpoint was trained with ${rate}, the configuration says ${this.#config[key]}`,
      );
  }

  #tensor(value: unknown, name: string, label: string): Tensor {
    const shape = this.#shapes.get(name)!;
    if (!(value instanceof TorchTensor) || value.shape.join() !== shape.join() || !value.isFloat32) {
      const got =
        value instanceof TorchTensor
          ? `${value.isFloat32 ? '' : 'other numbers, '}[${value.shape.join(', ')}]`
          : described(value);
      throw this.#fault(`${label} of shape [${shape.join(', ')}], in float32`, got);
    }
    return { shape, data: value.floats() };
  }

  #zeroMoments(name: string, shape: readonly number[], moments: Map<string, Tensor>): void {
    for (const moment of ['exp_avg', 'exp_avg_sq'])
      moments.set(`${moment}/${name}`, { shape, data: new Float32Array(sizeOf(shape)) });
  }

  #dictionary(value: unknown, label: string): Dictionary {
    if (value instanceof Map) return value;
    throw this.#fault(`${label} that is a dictionary`, described(value));
  }

  #fault(expected: string, got: string): UserError {
    return new UserError(
      `${this.#where}: expected ${expected}, got ${got}; use the configuration that XuanCe 1.4.4 trained with`,
    );
  }
}
