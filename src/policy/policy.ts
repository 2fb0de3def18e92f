/**
 * Policy: the actors, critics and targets of all parameter groups, in an engine's memory, and greedy
 * acting. It knows names, shapes and values of the networks; the learner (learners/) moves them.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import { GraphBuilder } from '../engine/builder.ts';
import type { Engine, Program, Section, Store } from '../engine/engine.ts';
import type { Value } from '../engine/graph.ts';
import { tensorsOf, type Activation, type NetworkSpec } from '../engine/network-spec.ts';
import { rowParts, rowWidth, type PolicyDesign } from './design.ts';
import type { ParameterGroup } from './groups.ts';
import { initialBlock, type NormalStream } from './init.ts';

/** The network keys of a config. */
export interface NetworkOptions {
  readonly actor_hidden_size: readonly number[];
  readonly critic_hidden_size: readonly number[];
  readonly activation: Activation;
  readonly negative_slope: number;
  readonly activation_action: Activation;
}

export class Policy {
  readonly spec: JointSpec;
  readonly groups: readonly ParameterGroup[];
  readonly design: PolicyDesign;
  readonly store: Store;
  readonly #acting = new Map<string, Program>();

  /** Networks of zeros: call initialize() or load(). */
  constructor(
    engine: Engine,
    design: PolicyDesign,
    spec: JointSpec,
    groups: readonly ParameterGroup[],
    options: NetworkOptions,
  ) {
    this.spec = spec;
    this.groups = groups;
    this.design = design;
    this.store = engine.createStore(networkSpecs(design, spec, groups, options));
  }

  /** The description of every network, by name. */
  get networks(): ReadonlyMap<string, NetworkSpec> {
    return this.store.networks;
  }

  /** Draws initial weights, network by network in order; targets start as copies. */
  initialize(stream: NormalStream): void {
    for (const spec of this.networks.values()) {
      const online = spec.name.replace(/^target_/, '');
      const block = online === spec.name ? initialBlock(spec, stream) : this.store.read('parameters', online);
      this.store.write('parameters', spec.name, block);
    }
  }

  /**
   * Greedy actions [E, SA] for joint observations [E, SO], of the online or the target actors. The
   * result is a view that the next call overwrites.
   */
  act(obs: Float32Array, actor: 'online' | 'target' = 'online'): Float32Array {
    const count = obs.length / this.spec.obsTotal;
    const program = this.#actingProgram(count, actor === 'online' ? 'actor' : 'target_actor');
    program.input('obs').set(obs);
    program.run();
    return program.output('actions');
  }

  /** Copies of all parameters or moments as named tensors `<network>/<group>/<leaf>`. */
  tensors(section: Section = 'parameters'): TensorMap {
    return new Map(
      [...this.networks.values()].flatMap((spec) => tensorsOf(spec, this.store.read(section, spec.name))),
    );
  }

  /** Replaces all parameters or moments. Throws UserError naming the tensor that is missing or of another shape. */
  load(tensors: TensorMap, section: Section = 'parameters'): void {
    for (const spec of this.networks.values()) {
      const block = this.store.read(section, spec.name);
      for (const [name, { shape, data }] of tensorsOf(spec, block)) {
        const found = tensors.get(name);
        if (found?.shape.join() !== shape.join())
          throw new UserError(
            `${section}: expected ${name} of shape [${shape.join(', ')}], got ` +
              (found ? `[${found.shape.join(', ')}]` : 'none'),
          );
        data.set(found.data);
      }
      this.store.write(section, spec.name, block);
    }
  }

  #actingProgram(count: number, actor: string): Program {
    const key = `${actor} ${count}`;
    const known = this.#acting.get(key);
    if (known) return known;
    const graph = new GraphBuilder(this.networks.values());
    const obs = graph.input('obs', 1, this.spec.obsTotal);
    graph.output(
      'actions',
      jointActions(graph, this, (group) => actorOutput(graph, this, group, actor, obs)),
    );
    const program = this.store.compile(graph.build(), count);
    this.#acting.set(key, program);
    return program;
  }
}

/** pi(obs) of a group's agents, [B, n, A_i]; `actor` is `actor` or `target_actor`. */
export function actorOutput(
  graph: GraphBuilder,
  { design, spec }: Pick<Policy, 'design' | 'spec'>,
  group: ParameterGroup,
  actor: string,
  obs: Value,
): Value {
  return graph.network(`${actor}/${group.name}`, rowParts(graph, design.actorInput, spec, group, { obs }));
}

/** Every group's own actions side by side in agent order, [B, 1, SA]. */
export function jointActions(
  graph: GraphBuilder,
  { groups, spec }: Pick<Policy, 'groups' | 'spec'>,
  ofGroup: (group: ParameterGroup) => Value,
): Value {
  const pieces = new Map<number, { x: Value; row: number }>();
  for (const group of groups) {
    const x = ofGroup(group);
    group.agents.forEach((agent, row) => pieces.set(agent, { x, row }));
  }
  return graph.joint(spec.agents.map((_, agent) => pieces.get(agent)!));
}

/** Online networks of all groups first, then their targets. */
function networkSpecs(
  design: PolicyDesign,
  spec: JointSpec,
  groups: readonly ParameterGroup[],
  options: NetworkOptions,
): NetworkSpec[] {
  const hiddenLayers = { activation: options.activation, negativeSlope: options.negative_slope };
  const online = groups.flatMap((group): [string, NetworkSpec][] => [
    [
      'actor',
      {
        name: `actor/${group.name}`,
        inputs: rowWidth(design.actorInput, spec, group),
        hidden: options.actor_hidden_size,
        outputs: spec.agents[group.agents[0]!]!.actWidth,
        outputActivation: options.activation_action,
        ...hiddenLayers,
      },
    ],
    ...design.critics.map((critic): [string, NetworkSpec] => [
      critic,
      {
        name: `${critic}/${group.name}`,
        inputs: rowWidth(design.criticInput, spec, group),
        hidden: options.critic_hidden_size,
        outputs: 1,
        outputActivation: 'none',
        ...hiddenLayers,
      },
    ]),
  ]);
  const targets = online
    .filter(([network]) => design.targets.includes(network))
    .map(([, network]): NetworkSpec => ({ ...network, name: `target_${network.name}` }));
  return [...online.map(([, network]) => network), ...targets];
}
