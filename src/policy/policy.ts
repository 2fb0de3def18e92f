/**
 * Policy: actors, critics and targets of all parameter groups, in an engine's memory, and acting. Owns names, shapes and
 * values of the networks; learners (learners/) train them.
 */
import { markPlayers, type Ensemble } from '../ensemble/ensemble.ts';
import type { AgentSpec, JointSpec } from '../core/joint-spec.ts';
import type { Tensor, TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import { GraphBuilder } from '../engine/builder.ts';
import type { Engine, Program, Section, Store } from '../engine/engine.ts';
import type { Value } from '../engine/graph.ts';
import { ProgramCache } from '../engine/program-cache.ts';
import { representationCount, tensorsOf, type NetworkSpec } from '../engine/network-spec.ts';
import { allowedOf, jointActions, marksInput, playingOutput, sampleOf } from './acting-graph.ts';
import { actingNoiseOf, greedyActions, headOf, type ActingNoise } from './actor-head.ts';
import type { PolicyDesign } from './design.ts';
import { ensembleOf } from '../ensemble/sub-policies.ts';
import type { ParameterGroup } from './groups.ts';
import { clearHidden } from './hidden-columns.ts';
import { initialBlock, type WeightStream } from './init.ts';
import { PolicyLayout } from './layout.ts';
import type { NetworkOptions } from './network-specs.ts';
import type { ObservationNorm } from './observation-norm.ts';
import { nextOutputsOf, RecurrentStates } from './recurrent-states.ts';
import { requireTensors } from './require-tensors.ts';

/** Cached acting programs; one per batch size, actor and mode. */
const ACTING_PROGRAMS = 16;

/** What an acting program computes. */
interface ActingKind {
  readonly prefix: '' | 'target_';
  readonly mode: 'greedy' | 'sample';
  /** Whether it takes an action mask. */
  readonly masked: boolean;
}

interface Acting extends ActingKind {
  /** E */
  readonly count: number;
  readonly program: Program;
  /** Its input, [E, SO]. */
  readonly obs: Float32Array;
}

/** The networks of all parameter groups: acts, and reads and writes weights as named tensors. */
export class Policy extends PolicyLayout {
  readonly engine: Engine;
  /** Observation normaliser, with `use_obsnorm`. */
  readonly observations: ObservationNorm | undefined;
  /** Set if groups have several sub-policies. */
  readonly ensemble: Ensemble | undefined;
  readonly store: Store;
  readonly #acting = new ProgramCache(ACTING_PROGRAMS);
  /** The acting program of the last call. */
  #last: Acting | undefined;
  /** The first sub-policy of every group, [G] */
  readonly #first: Uint8Array;

  /** All weights are zero until initialize() or load(). `design`: one for all groups, or a function of the group. */
  constructor(
    engine: Engine,
    design: PolicyDesign | ((group: ParameterGroup) => PolicyDesign),
    spec: JointSpec,
    groups: readonly ParameterGroup[],
    options: NetworkOptions,
    observations?: ObservationNorm,
  ) {
    super(design, spec, groups, options);
    this.engine = engine;
    this.observations = observations;
    this.ensemble = ensembleOf(spec, groups, options.ensemble_size);
    this.#first = new Uint8Array(groups.length);
    this.store = engine.createStore(this.specs());
  }

  /** Network specs by name. */
  get networks(): ReadonlyMap<string, NetworkSpec> {
    return this.store.networks;
  }

  /**
   * Draws initial weights network by network, in order; targets are copies, and so is what a twin critic has in front of
   * its head.
   */
  initialize(stream: WeightStream): void {
    const read = (name: string): Float32Array => this.store.read('parameters', name);
    for (const spec of this.networks.values()) {
      const online = spec.name.replace(/^target_/, '');
      const block = online === spec.name ? this.#initialBlock(spec, stream) : read(online);
      const twin = this.twinOf(spec.name);
      if (twin !== undefined) block.set(read(twin).subarray(0, representationCount(spec)));
      this.store.write('parameters', spec.name, block);
    }
  }

  /** A network's random weights: zeros where an actor would read what it does not see. */
  #initialBlock(spec: NetworkSpec, stream: WeightStream): Float32Array {
    const block = initialBlock(spec, stream, this.options.gain);
    const reader = this.#readerOf(spec);
    if (reader) clearHidden(block, spec, reader);
    return block;
  }

  /** Puts zeros where actors, targets included, would read what they do not see: weights of another run may read it. */
  clearHidden(): void {
    for (const spec of this.networks.values()) {
      const reader = this.#readerOf(spec);
      if (!reader?.hidden) continue;
      const block = this.store.read('parameters', spec.name);
      clearHidden(block, spec, reader);
      this.store.write('parameters', spec.name, block);
    }
  }

  /** The first agent whose observations an actor or target actor reads; undefined for other networks. */
  #readerOf({ name }: NetworkSpec): AgentSpec | undefined {
    const online = name.replace(/^target_/, '');
    const group = this.groups.find((one) =>
      this.subNetworks('actor').some((actor) => `${actor}/${one.name}` === online),
    );
    return group && this.spec.agents[group.agents[0]!];
  }

  /**
   * Greedy actions [E, SA] for joint observations [E, SO], of the online or the target actors. An ensemble acts by the
   * sub-policies `players` [E, G] (ensemble/ensemble.ts), or the first of each group. `mask` [E, SA] holds 0 for the Discrete
   * actions that are not allowed; left out, all are. Recurrent actors need `states` of E environments, which the call
   * moves on. The result is a view that the next call overwrites.
   */
  act(
    obs: Float32Array,
    actor: 'online' | 'target' = 'online',
    players?: Readonly<Uint8Array>,
    mask?: Readonly<Uint8Array>,
    states?: RecurrentStates,
  ): Float32Array {
    const acting = this.#actingProgram(actor === 'online' ? '' : 'target_', 'greedy', obs, mask);
    return this.#run(acting, obs, players, mask, states);
  }

  /** What recurrent actors know in `count` environments at the start of an episode: zeros. Without recurrence, nothing. */
  states(count: number): RecurrentStates {
    return new RecurrentStates(
      this.groups.flatMap((group) => this.actorStates(group)),
      count,
    );
  }

  /** What each agent's action is drawn from in sample(), [N]: undefined where its actor is deterministic. */
  get actingNoise(): readonly ActingNoise[] {
    return this.spec.agents.map((_, i) => actingNoiseOf(headOf(this, this.groupOf(i))));
  }

  /**
   * Actions [E, SA] as the online actors draw them while they explore, for observations [E, SO]; `noise` [E, SA]
   * holds numbers of each agent's kind (actingNoise), `players`, `mask` and `states` are as in act(). A view that the next
   * call overwrites.
   */
  sample(
    obs: Float32Array,
    noise: Float32Array,
    players?: Readonly<Uint8Array>,
    mask?: Readonly<Uint8Array>,
    states?: RecurrentStates,
  ): Float32Array {
    const acting = this.#actingProgram('', 'sample', obs, mask);
    acting.program.input('noise').set(noise);
    return this.#run(acting, obs, players, mask, states);
  }

  /** Runs an acting program on observations, which it normalises where that is asked for. */
  #run(
    { program, count, obs: input }: Acting,
    obs: Float32Array,
    players: Readonly<Uint8Array> | undefined,
    mask: Readonly<Uint8Array> | undefined,
    states: RecurrentStates | undefined,
  ): Float32Array {
    if (this.options.recurrent && states?.count !== count)
      throw new RangeError(
        `act: expected states of ${count} environments for recurrent actors, got ${states?.count ?? 'none'}`,
      );
    input.set(obs);
    this.observations?.apply(input);
    if (mask) program.input('actionMask').set(mask);
    if (this.ensemble) this.#mark(this.ensemble, program, count, players);
    if (states) states.run(program);
    else program.run();
    return program.output('actions');
  }

  /**
   * Copies of all parameters or moments as named tensors `<network>/<group>/<leaf>`; parameters include
   * `observation/mean` and `observation/std` if observations are normalised.
   */
  tensors(section: Section = 'parameters'): TensorMap {
    return new Map([
      ...[...this.networks.values()].flatMap((spec) => tensorsOf(spec, this.store.read(section, spec.name))),
      ...((section === 'parameters' && this.observations?.tensors()) || []),
    ]);
  }

  /**
   * Replaces all parameters or moments. Throws UserError if a tensor is missing or misshapen, leaving all unchanged.
   */
  load(tensors: TensorMap, section: Section = 'parameters'): void {
    const blocks = [...this.networks.values()].map((spec) => {
      const block = this.store.read(section, spec.name);
      for (const [name, tensor] of tensorsOf(spec, block)) copyTensor(tensors, section, name, tensor);
      return [spec.name, block] as const;
    });
    const observed = section === 'parameters' ? this.observations?.tensors() : undefined;
    for (const [name, tensor] of observed ?? []) copyTensor(tensors, section, name, tensor);
    for (const [name, block] of blocks) this.store.write(section, name, block);
    if (observed) this.observations!.load(observed);
  }

  /** Throws UserError unless `tensors` are all parameters of this policy, finite, and nothing else. `where` names their file. */
  requireParameters(tensors: TensorMap, where: string): void {
    const { spec, observations } = this;
    requireTensors(this.networks.values(), tensors, where, observations ? spec.obsTotal : 0);
  }

  /** Tells a program who plays. */
  #mark(
    ensemble: Ensemble,
    program: Program,
    count: number,
    players: Readonly<ArrayLike<number>> = this.#first,
  ): void {
    const marks = program.input('marks');
    for (let e = 0; e < count; e++)
      markPlayers(ensemble, players, players === this.#first ? 0 : e * ensemble.groups, marks, e);
  }

  /** The acting program for these observations [E, SO]; where it is the last one again, no key is made to find it. */
  #actingProgram(
    prefix: Acting['prefix'],
    mode: Acting['mode'],
    { length }: Float32Array,
    mask: Readonly<Uint8Array> | undefined,
  ): Acting {
    const last = this.#last;
    const count = length / this.spec.obsTotal;
    const masked = mask !== undefined;
    if (last?.count === count && last.prefix === prefix && last.mode === mode && last.masked === masked)
      return last;
    const program = this.#acting.get([prefix, mode, masked, count].join(' '), () =>
      this.#compileActing({ prefix, mode, masked }, count),
    );
    return (this.#last = { prefix, mode, masked, count, program, obs: program.input('obs') });
  }

  #compileActing({ prefix, mode, masked }: ActingKind, count: number): Program {
    const graph = new GraphBuilder(this.networks.values());
    const obs = graph.input('obs', 1, this.spec.obsTotal);
    const noise = mode === 'sample' ? graph.input('noise', 1, this.spec.actTotal) : undefined;
    const mask = masked ? graph.input('actionMask', 1, this.spec.actTotal) : undefined;
    const marks = marksInput(graph, this, 'marks');
    const ofGroup = (group: ParameterGroup): Value => {
      const outputs = this.options.recurrent
        ? nextOutputsOf(
            { graph, policy: this },
            prefix + this.actorOf(group).name,
            this.designOf(group).actorInput,
            group,
            { obs },
            this.actorStates(group),
          )
        : playingOutput(graph, this, group, prefix, obs, marks);
      return noise
        ? sampleOf(graph, this, group, { outputs, noise, mask })
        : greedyActions(
            graph,
            headOf(this, group),
            this.options,
            outputs,
            allowedOf(graph, this, group, mask),
          );
    };
    graph.output('actions', jointActions(graph, this, ofGroup));
    return this.store.compile(graph.build(), count);
  }
}
/** Copies tensor `name` into `to`. Throws UserError if it is missing or misshapen. */
function copyTensor(tensors: TensorMap, section: Section, name: string, to: Tensor): void {
  const found = tensors.get(name);
  if (found?.shape.join() !== to.shape.join())
    throw new UserError(
      `${section}: expected ${name} of shape [${to.shape.join(', ')}], got ` +
        (found ? `[${found.shape.join(', ')}]` : 'none'),
    );
  to.data.set(found.data);
}
