/**
 * CriticProbe: what critics and actors output for given observations, without training. For each: Q(s, pi(s)) of the
 * greedy policy pi, and whether the actors' outputs are saturated. Recurrent networks see whole episodes. The evaluation
 * watch (train/evaluation-watch.ts) compares Q with the returns that follow.
 */
import { markPlayers } from '../ensemble/ensemble.ts';
import { GraphBuilder } from '../engine/builder.ts';
import type { Program } from '../engine/engine.ts';
import type { Value } from '../engine/graph.ts';
import { allowedOf, jointActions, marksInput, playingOutput } from '../policy/acting-graph.ts';
import { allowedScores, greedyActions, headOf } from '../policy/actor-head.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { LearnerConfig } from './learner-config.ts';
import { criticValue, isTeamCritic } from './losses.ts';

/** An observation to ask about. */
export interface Probe {
  /** [SO] */
  readonly obs: Float32Array;
  /** With action masks, [SA]. */
  readonly mask: Uint8Array | undefined;
  /** The sub-policy that plays, of each group [G]. */
  readonly players: Uint8Array;
}

/** One value of a critic: of one agent, or of a team with one value for all. */
export interface ValueRow {
  readonly group: ParameterGroup;
  /** Agents it stands for. */
  readonly agents: readonly number[];
}

export interface Answer {
  /** Of each of `values`. */
  readonly q: readonly number[];
  /** By group: share of the actor outputs that are saturated. */
  readonly saturated: readonly number[];
}

/** Probes per run of the program, about. */
const BATCH = 128;
/** Share of the range of actions next to a bound, and the rest of the probability of a choice, that count as saturated. */
const MARGIN = 0.01;

export class CriticProbe {
  /** Critic values that an answer has: those of critics that value the greedy policy. */
  readonly values: readonly ValueRow[];
  readonly #policy: Policy;
  readonly #config: LearnerConfig;
  readonly #prefix: '' | 'target_';
  readonly #slots: number;
  /** Histories per run of the program. */
  readonly #batch: number;
  #program: Program | undefined;

  /** `actor`: which actors play. `slots`: most probes of a history. */
  constructor(policy: Policy, config: LearnerConfig, actor: 'online' | 'target', slots: number) {
    this.#policy = policy;
    this.#config = config;
    this.#prefix = actor === 'online' ? '' : 'target_';
    this.#slots = slots;
    this.#batch = Math.ceil(BATCH / slots);
    this.values = policy.groups
      .filter((group) => valuesGreedyPolicy(policy, group))
      .flatMap((group) =>
        isTeamCritic({ policy, config }, group)
          ? [{ group, agents: group.agents }]
          : group.agents.map((agent) => ({ group, agents: [agent] })),
      );
  }

  /** Of each probe of histories: an episode from its first observation on, or of feed-forward networks one probe. */
  ask(histories: readonly (readonly Probe[])[]): Map<Probe, Answer> {
    const answers = new Map<Probe, Answer>();
    for (let at = 0; at < histories.length; at += this.#batch)
      this.#run(histories.slice(at, at + this.#batch), answers);
    return answers;
  }

  #run(histories: readonly (readonly Probe[])[], answers: Map<Probe, Answer>): void {
    const { spec, ensemble, observations, groups } = this.#policy;
    const probes = histories.flatMap((history, h) =>
      history.map((probe, slot) => ({ probe, row: h * this.#slots + slot })),
    );
    const masked = probes[0]!.probe.mask !== undefined;
    const program = (this.#program ??= this.#compile(masked));
    const obs = program.input('obs');
    for (const { probe, row } of probes) {
      obs.set(probe.obs, row * spec.obsTotal);
      if (masked) program.input('actionMask').set(probe.mask!, row * spec.actTotal);
      if (ensemble) markPlayers(ensemble, probe.players, 0, program.input('marks'), row);
    }
    observations?.apply(obs);
    program.run();
    const valued = [...new Set(this.values.map(({ group }) => group))];
    const q = valued.map(({ name }) => program.output(`q/${name}`));
    const outputs = groups.map(({ name }) => program.output(`outputs/${name}`));
    const rowOf = (all: Float32Array, row: number): Float32Array => {
      const width = all.length / (this.#batch * this.#slots);
      return all.subarray(row * width, (row + 1) * width);
    };
    for (const { probe, row } of probes)
      answers.set(probe, {
        q: q.flatMap((all) => [...rowOf(all, row)]),
        saturated: groups.map((group, g) => this.#saturated(group, rowOf(outputs[g]!, row))),
      });
  }

  /** Share of a group's outputs [n, A_i] for one observation that are saturated. */
  #saturated(group: ParameterGroup, outputs: Float32Array): number {
    const { actWidth, actionLow, actionHigh } = this.#policy.spec.agents[group.agents[0]!]!;
    if (headOf(this.#policy, group) === 'gumbel') {
      const certain = outputs.filter((probability) => probability >= 1 - MARGIN);
      return (certain.length * actWidth) / outputs.length;
    }
    const margin = MARGIN * (actionHigh - actionLow);
    const atBound = outputs.filter((a) => a <= actionLow + margin || a >= actionHigh - margin);
    return atBound.length / outputs.length;
  }

  #compile(masked: boolean): Program {
    const policy = this.#policy;
    const { spec, options } = policy;
    const graph = new GraphBuilder(policy.networks.values());
    const obs = graph.input('obs', 1, spec.obsTotal, this.#slots);
    const mask = masked ? graph.input('actionMask', 1, spec.actTotal, this.#slots) : undefined;
    const marks = marksInput(graph, policy, 'marks');
    const own = new Map<ParameterGroup, Value>();
    const joint = jointActions(graph, policy, (group) => {
      const head = headOf(policy, group);
      const { actionLow, actionHigh } = spec.agents[group.agents[0]!]!;
      const outputs = playingOutput(graph, policy, group, this.#prefix, obs, marks);
      const allowed = allowedOf(graph, policy, group, mask);
      const greedy = greedyActions(graph, head, options, outputs, allowed);
      const actions = head === 'gumbel' ? greedy : graph.clip(greedy, actionLow, actionHigh);
      const scores = allowed ? allowedScores(graph, outputs, allowed) : outputs;
      graph.output(`outputs/${group.name}`, head === 'gumbel' ? graph.softmax(scores) : actions);
      own.set(group, actions);
      return actions;
    });
    const context = { graph, policy, config: this.#config };
    for (const group of new Set(this.values.map((row) => row.group))) {
      const at = { obs, jointActions: joint, actions: own.get(group)! };
      const values = policy.designOf(group).critics.map((critic) => criticValue(context, group, critic, at));
      graph.output(
        `q/${group.name}`,
        values.reduce((a, b) => graph.minimum(a, b)),
      );
    }
    return policy.store.compile(graph.build(), this.#batch);
  }
}

/** Whether Q(s, a) is what the greedy policy earns: not if it holds an entropy, or the value of relaxed samples. */
function valuesGreedyPolicy(policy: Policy, group: ParameterGroup): boolean {
  const head = headOf(policy, group);
  return head === 'deterministic' || (head === 'gumbel' && policy.options.gumbel === 'straight_through');
}
