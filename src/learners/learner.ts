/**
 * Learner: what all algorithms share. A subclass describes its update as a graph; this class compiles it
 * for the sample's size, feeds samples and step sizes, steps optimizers and schedulers, and reads the
 * info. No randomness here: indices and noise come in with the sample.
 */
import type { Config } from '../config/keys.ts';
import { GraphBuilder } from '../engine/builder.ts';
import type { Program } from '../engine/engine.ts';
import type { Value } from '../engine/graph.ts';
import type { Adam } from '../optim/adam.ts';
import type { Scheduler } from '../optim/schedulers.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { Batch } from '../replay/batch.ts';

/** One optimizer and one scheduler for each name `actor/<group>`, `critic/<group>`. */
export type ByOptimizer<T> = ReadonlyMap<string, T>;

/** The config keys that learners read. */
export type LearnerConfig = Pick<
  Config,
  'update_order' | 'dl_toolbox' | 'use_grad_clip' | 'grad_clip_norm' | 'tau' | 'target_update'
> &
  Partial<Pick<Config, 'actor_update_delay' | 'target_noise' | 'target_noise_clip' | 'logit_regularization'>>;

/** Random numbers [B, SA] that an update takes beside its sample. */
export interface NoiseInput {
  readonly name: string;
  readonly distribution: 'normal' | 'gumbel';
}

export interface LearnerOptions {
  /** Where checkpoints of this learner belong; kept for the caller. */
  readonly modelDir?: string;
  /** Discount of future rewards. Default 0.99. */
  readonly gamma?: number;
  /** With `target_update: hard`, targets are copied every so many updates. Default 100. */
  readonly syncFrequency?: number;
}

/** What an update reports; keys of a group other than the only one start with `<group>/`. */
export type UpdateInfo = Record<string, number>;

/** The arrays of a sample as graph values, all joint. */
export interface SampleValues {
  /** [B, 1, SO] */
  readonly obs: Value;
  /** [B, 1, SA] */
  readonly actions: Value;
  /** [B, 1, SO] */
  readonly obsNext: Value;
  /** [B, 1, N] */
  readonly rewards: Value;
  /** [B, 1, N] */
  readonly terminals: Value;
  /** [B, 1, N] */
  readonly agentMask: Value;
  /** The learner's noise inputs by name, each [B, 1, SA]. */
  readonly noise: Readonly<Record<string, Value>>;
}

const SAMPLE_ARRAYS = ['obs', 'actions', 'obsNext', 'rewards', 'terminals', 'agentMask'] as const;

export abstract class Learner {
  readonly config: LearnerConfig;
  readonly policy: Policy;
  readonly optimizer: ByOptimizer<Adam>;
  readonly scheduler: ByOptimizer<Scheduler>;
  readonly modelDir: string | undefined;
  readonly gamma: number;
  readonly syncFrequency: number;
  /** Updates made so far. */
  iterations = 0;
  /** Compiled updates by variant and batch size. */
  readonly #programs = new Map<string, Compiled>();
  /** What the description under way has named. */
  #described: Described = { info: [], optimizers: [], trained: [], tracks: false };
  #last: Compiled | undefined;

  constructor(
    config: LearnerConfig,
    policy: Policy,
    optimizer: ByOptimizer<Adam>,
    scheduler: ByOptimizer<Scheduler>,
    options: LearnerOptions = {},
  ) {
    this.config = config;
    this.policy = policy;
    this.optimizer = optimizer;
    this.scheduler = scheduler;
    this.modelDir = options.modelDir;
    this.gamma = options.gamma ?? 0.99;
    this.syncFrequency = options.syncFrequency ?? 100;
  }

  /** Writes a variant of the update down, in order. Runs once for each batch size. */
  protected abstract describe(graph: GraphBuilder, sample: SampleValues, variant: string): void;

  /** Which variant the update number `iteration` (from 1) is; algorithms with delayed parts have several. */
  protected variantOf(iteration: number): string;
  protected variantOf(): string {
    return 'all';
  }

  /** The random numbers that an update takes beside its sample: Gumbel noise where agents have discrete actions. */
  get noiseInputs(): readonly NoiseInput[] {
    if (this.policy.actingNoise !== 'gumbel') return [];
    const names = this.policy.options.gumbel === 'soft' ? ['gumbel_obs', 'gumbel_next'] : ['gumbel_obs'];
    return names.map((name) => ({ name, distribution: 'gumbel' }));
  }

  /** The engine's own arrays for the next sample of `size` transitions: filling them spares update() a copy. */
  batch(size: number): Batch {
    return this.#compiled(size, this.variantOf(this.iterations + 1)).batch;
  }

  /** One update of all networks. `noise` holds noiseInputs. Returns the info of the documented learner. */
  update(sample: Batch, noise: Readonly<Record<string, Float32Array>> = {}): UpdateInfo {
    this.iterations += 1;
    const compiled = this.#compiled(sample.size, this.variantOf(this.iterations));
    const { program, batch } = compiled;
    for (const name of SAMPLE_ARRAYS) if (sample[name] !== batch[name]) batch[name].set(sample[name]);
    for (const { name } of this.noiseInputs) program.input(name).set(noise[name]!);
    const synchronise = this.iterations % this.syncFrequency === 0 ? 1 : 0;
    if (compiled.tracks)
      program.setScalar('tau', this.config.target_update === 'soft' ? this.config.tau : synchronise);
    for (const name of compiled.optimizers) {
      const step = this.optimizer.get(name)!.step(this.scheduler.get(name)!.learningRate);
      program.setScalar(`${name}/step_size`, step.stepSize);
      program.setScalar(`${name}/correction`, step.correction);
    }
    program.run();
    for (const name of compiled.optimizers) this.scheduler.get(name)!.step();
    this.#last = compiled;
    return this.#info(compiled);
  }

  /** The compiled update for samples of this size, for profiles. */
  program(size: number): Program {
    return this.#compiled(size, this.variantOf(this.iterations + 1)).program;
  }

  /** The gradients that the last update handed to Adam, by network, after clipping; none before the first one. */
  gradients(): Map<string, Float32Array> {
    const last = this.#last;
    return new Map(last?.trained.map((name) => [name, last.program.output(`gradient/${name}`).slice()]));
  }

  /** One step of the group's `optimizer` that lowers `loss` by moving the networks `names`, clipped if `clip`. */
  protected minimize(
    graph: GraphBuilder,
    group: ParameterGroup,
    optimizer: 'actor' | 'critic' | 'alpha',
    names: readonly string[],
    loss: Value,
    clip: boolean,
  ): void {
    const networks = names.map((name) => `${name}/${group.name}`);
    const key = `${optimizer}/${group.name}`;
    this.#described.optimizers.push(key);
    this.#described.trained.push(...networks);
    const raw = graph.gradient(loss, networks);
    const gradients = clip ? clipByNorm(graph, raw, this.config.grad_clip_norm) : raw;
    const stepSize = graph.scalar(`${key}/step_size`);
    const correction = graph.scalar(`${key}/correction`);
    const { beta1, beta2, epsilon } = this.optimizer.get(key)!.options;
    networks.forEach((network, k) => {
      const gradient = gradients[k]!;
      graph.output(`gradient/${network}`, gradient);
      graph.adam(network, { gradient, stepSize, correction, beta1, beta2, epsilon });
    });
  }

  /** Moves every target network of the policy. */
  protected trackTargets(graph: GraphBuilder): void {
    const tau = graph.scalar('tau');
    this.#described.tracks = true;
    for (const target of this.policy.networks.keys())
      if (target.startsWith('target_')) graph.track(target, target.slice('target_'.length), tau);
  }

  /** Reports a scalar of a group under `name`. */
  protected report(graph: GraphBuilder, group: ParameterGroup, name: string, value: Value): void {
    this.#described.info.push(group.infoPrefix + name);
    graph.output(`info/${group.infoPrefix}${name}`, value);
  }

  #info({ program, info, optimizers }: Compiled): UpdateInfo {
    const reported: UpdateInfo = {};
    for (const { name, infoPrefix } of this.policy.groups)
      for (const network of ['actor', 'critic'])
        if (optimizers.includes(`${network}/${name}`))
          reported[`${infoPrefix}learning_rate_${network}`] = this.scheduler.get(
            `${network}/${name}`,
          )!.learningRate;
    for (const name of info) reported[name] = program.output(`info/${name}`)[0]!;
    return reported;
  }

  #compiled(size: number, variant: string): Compiled {
    const key = `${variant} ${size}`;
    const known = this.#programs.get(key);
    if (known) return known;
    const { spec, networks, store } = this.policy;
    const graph = new GraphBuilder(networks.values());
    const agents = spec.agents.length;
    const described: Described = { info: [], optimizers: [], trained: [], tracks: false };
    this.#described = described;
    this.describe(
      graph,
      {
        obs: graph.input('obs', 1, spec.obsTotal),
        actions: graph.input('actions', 1, spec.actTotal),
        obsNext: graph.input('obsNext', 1, spec.obsTotal),
        rewards: graph.input('rewards', 1, agents),
        terminals: graph.input('terminals', 1, agents),
        agentMask: graph.input('agentMask', 1, agents),
        noise: Object.fromEntries(
          this.noiseInputs.map(({ name }) => [name, graph.input(name, 1, spec.actTotal)]),
        ),
      },
      variant,
    );
    const program = store.compile(graph.build(), size);
    const arrays = Object.fromEntries(SAMPLE_ARRAYS.map((name) => [name, program.input(name)]));
    const compiled = { program, batch: { size, ...(arrays as Omit<Batch, 'size'>) }, ...described };
    this.#programs.set(key, compiled);
    return compiled;
  }
}

/** What a description has named so far. */
interface Described {
  readonly info: string[];
  /** Optimizers that step, in order. */
  readonly optimizers: string[];
  /** Networks that they move. */
  readonly trained: string[];
  /** Whether the targets move. */
  tracks: boolean;
}

interface Compiled extends Readonly<Described> {
  readonly program: Program;
  readonly batch: Batch;
}

/** Gradients times min(1, limit / (norm + 1e-6)), norm over all of them together, as in PyTorch. */
function clipByNorm(graph: GraphBuilder, gradients: readonly Value[], limit: number): Value[] {
  const norm = graph.norm(gradients);
  const ratio = graph.divide(graph.constant(limit), graph.add(norm, graph.constant(1e-6)));
  const factor = graph.minimum(ratio, graph.constant(1));
  return gradients.map((gradient) => graph.multiply(gradient, factor));
}
