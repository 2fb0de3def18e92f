/**
 * CompiledUpdates: compiles the updates that algorithms describe, for one batch size each. An update has variants
 * (delayed actor, sub-policy to train), compiled on first use.
 */
import { GraphBuilder } from '../engine/builder.ts';
import type { Program } from '../engine/engine.ts';
import type { Value } from '../engine/graph.ts';
import { ProgramCache } from '../engine/program-cache.ts';
import type { AdamOptions } from '../optim/adam.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { Algorithm, NoiseInput } from './algorithm.ts';
import type { LearnerConfig } from './learner-config.ts';
import { dropoutRates, noiseArrays, type NoiseArray } from './noise.ts';
import {
  sampleBatch,
  sampleEpisodes,
  sampleInputs,
  type LearningGroups,
  type SampleBatch,
  type SampleEpisodes,
  type SampleKind,
} from './sample.ts';
import type { ErrorOutput } from './td-errors.ts';
import { Update } from './update.ts';

/** Kinds of samples, such as batches of one size, whose updates stay compiled. */
const SAMPLE_KINDS = 8;

/** Inputs of an update's description. */
interface Learning {
  readonly policy: Policy;
  readonly config: LearnerConfig;
  readonly algorithmOf: (group: ParameterGroup) => Algorithm;
  /** Options of an optimizer, e.g. `actor/<group>`. */
  readonly adamOf: (optimizer: string) => AdamOptions;
}

interface Part extends LearningGroups {
  readonly update: Update;
}

/** A ready-to-run update. */
export interface CompiledUpdate {
  readonly program: Program;
  readonly noise: readonly NoiseArray[];
  /** Of transitions; `episodes` otherwise. */
  readonly batches: readonly SampleBatch[];
  readonly episodes: SampleEpisodes | undefined;
  /** As in Update, for all parts. */
  readonly info: readonly string[];
  readonly optimizers: readonly string[];
  readonly trained: readonly string[];
  readonly tracked: readonly string[];
  readonly norms: readonly string[];
  readonly errors: readonly ErrorOutput[];
}

/** The updates for samples of one kind, by variants and sub-policies. */
class Variants extends Map<string, CompiledUpdate> {
  dispose(): void {
    for (const { program } of this.values()) program.dispose();
  }
}

export class CompiledUpdates {
  readonly #learning: Learning;
  /** Noise inputs of all algorithms, without duplicates. */
  readonly #noiseInputs: readonly NoiseInput[];
  readonly #compiled = new ProgramCache<Variants>(SAMPLE_KINDS);

  constructor(learning: Learning) {
    const { policy, config } = learning;
    this.#learning = learning;
    const inputs = policy.groups.flatMap((group) => learning.algorithmOf(group).noiseInputs(config, policy));
    this.#noiseInputs = [...new Map(inputs.map((input) => [input.name, input])).values()];
  }

  /** Update number `iteration` (from 1). */
  of(sample: SampleKind, iteration: number): CompiledUpdate {
    const { size, masked, steps, burnIn } = sample;
    const { policy, config } = this.#learning;
    const { groups, store } = policy;
    const kinds = groups.flatMap((group) => [
      this.#variantOf(group, iteration),
      this.#subPolicyOf(group, iteration),
    ]);
    const variants = this.#compiled.get(
      [size, masked, steps ?? '', burnIn ?? ''].join(' '),
      () => new Variants(),
    );
    const variant = kinds.join(' ');
    const known = variants.get(variant);
    if (known) return known;
    const { graph, parts } = this.#describe(iteration, sample);
    const program = store.compile(graph.build(), size);
    const { gamma } = config;
    const compiled = {
      program,
      batches:
        steps === undefined
          ? parts.map((part) => sampleBatch(program, size, part, part.update.sample, gamma))
          : [],
      episodes:
        steps === undefined
          ? undefined
          : sampleEpisodes(program, size, steps, parts[0]!.update.sample, gamma),
      info: parts.flatMap(({ update }) => update.info),
      optimizers: parts.flatMap(({ update }) => update.optimizers),
      trained: parts.flatMap(({ update }) => update.trained),
      tracked: parts.flatMap(({ update }) => update.tracked),
      norms: parts.flatMap(({ update }) => update.norms),
      noise: noiseArrays(graph.nodes, program),
      errors: parts.flatMap(({ update }) => update.errors),
    };
    variants.set(variant, compiled);
    return compiled;
  }

  #variantOf(group: ParameterGroup, iteration: number): string {
    return this.#learning.algorithmOf(group).variantOf?.(this.#learning.config, iteration) ?? 'all';
  }

  /** Sub-policy that a group trains: round robin, each for a full cycle of variants. */
  #subPolicyOf(group: ParameterGroup, iteration: number): number {
    const period = this.#learning.algorithmOf(group).period?.(this.#learning.config) ?? 1;
    return Math.floor((iteration - 1) / period) % (this.#learning.policy.ensemble?.size ?? 1);
  }

  /** Describes all targets before any step, so that no group sees another's updated weights. */
  #describe(
    iteration: number,
    { masked, steps, burnIn }: SampleKind,
  ): { graph: GraphBuilder; parts: readonly Part[] } {
    const { policy, config, algorithmOf, adamOf } = this.#learning;
    const { networks } = policy;
    const graph = new GraphBuilder(networks.values(), dropoutRates(networks.keys(), config.dropout));
    const noise = Object.fromEntries(
      this.#noiseInputs.map(({ name, distribution, next = false }) => [
        name,
        graph.noise(
          name,
          1,
          policy.spec.actTotal,
          { name: distribution },
          steps === undefined ? 1 : steps + (next ? 1 : 0),
        ),
      ]),
    );
    let tau: Value | undefined;
    const context = {
      ...{ graph, policy, config, algorithmOf, adamOf },
      variantOf: (group: ParameterGroup) => this.#variantOf(group, iteration),
      subPolicyOf: (group: ParameterGroup) => this.#subPolicyOf(group, iteration),
      tau: () => (tau ??= graph.scalar('tau')),
    };
    const parts = this.#learners(iteration).map((learners): Part => {
      const sample = sampleInputs(graph, policy, learners, {
        noise,
        weighted: config.replay === 'prioritized',
        stored: config.sequence_start === 'stored',
        ...{ masked, steps, burnIn },
      });
      return { ...learners, update: new Update({ ...context, groups: learners.groups, sample }) };
    });
    const groups = parts.flatMap((part) => part.groups.map((group) => ({ group, update: part.update })));
    const targets = groups.map(({ group, update }) => algorithmOf(group).target(update, group));
    groups.forEach(({ group, update }, g) => {
      algorithmOf(group).steps(update, group, targets[g]!);
    });
    return { graph, parts };
  }

  /** One sample for all groups; with an ensemble, one per group, from episodes of the sub-policy being trained. */
  #learners(iteration: number): readonly LearningGroups[] {
    const { groups, ensemble } = this.#learning.policy;
    if (!ensemble) return [{ groups }];
    return groups.map((group, g) => ({
      groups: [group],
      playedBy: { group: g, subPolicy: this.#subPolicyOf(group, iteration) },
    }));
  }
}
