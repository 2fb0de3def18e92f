/**
 * EvaluationWatch: measures evaluation episodes besides their returns: length, saturation, and the critics' Q against the
 * discounted return that followed. At a time limit the critic's own value of the last observation stands for the rest.
 */
import type { Config } from '../config/keys.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { greedyActor, type Actor } from '../evaluate/actors.ts';
import { CriticProbe, type Answer, type Probe } from '../learners/critic-probe.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';

/** Steps between the states that critics are asked about. */
const STRIDE = 5;
/** States of an evaluation that critics are asked about. */
const MOST = 500;

/** A state that critics are asked about. */
interface Visit {
  readonly probe: Probe;
  /** Of its episode, from 0. */
  readonly step: number;
}

/** The same once its episode has ended. Numbers are by value row of the critics. */
interface Outcome {
  readonly probe: Probe;
  /** Who took part in the step, [N]. */
  readonly active: readonly boolean[];
  /** Discounted rewards up to the end. */
  readonly earned: readonly number[];
  /** Discount of the value of the last observation; 0 if its agents have terminated. */
  readonly rest: readonly number[];
  readonly last: Probe;
}

export class EvaluationWatch {
  /** Greedy actor to play with. */
  readonly actor: Actor;
  readonly #config: Config;
  readonly #env: VectorEnv;
  readonly #policy: Policy;
  readonly #critics: CriticProbe;
  readonly #players: Uint8Array;
  #outcomes: Outcome[] = [];
  // Of the running episode:
  #visits: Visit[] = [];
  /** Rewards of every step, by value row. */
  #rewards: number[][] = [];
  /** Who took part in every step, [N]. */
  #active: boolean[][] = [];
  /** Who has left, [N]. */
  #gone: boolean[] = [];
  #episodes = 0;
  #steps = 0;

  /** `env`: the evaluation environment, count 1. */
  constructor(config: Config, policy: Policy, env: VectorEnv) {
    this.#config = config;
    this.#policy = policy;
    this.#env = env;
    this.#critics = new CriticProbe(policy, config, config.eval_policy);
    this.#players = new Uint8Array(policy.groups.length);
    const greedy = greedyActor(policy, config.eval_policy, this.#players);
    this.actor = (obs, actions, mask) => {
      this.#visit(obs, mask);
      greedy(obs, actions, mask);
    };
    if (greedy.beginEpisode) this.actor.beginEpisode = greedy.beginEpisode;
  }

  /** Starts an evaluation. */
  begin(): void {
    this.#outcomes = [];
    this.#episodes = 0;
    this.#steps = 0;
    this.#beginEpisode();
  }

  /** To be called after every step of the environment. */
  stepped(): void {
    const { rewards, terminals, agentMask, ended, spec } = this.#env;
    this.#rewards.push(this.#critics.values.map(({ agents }) => this.#rewardOf(agents[0]!, rewards)));
    this.#active.push(spec.agents.map((_, i) => agentMask[i] === 1));
    this.#gone = spec.agents.map((_, i) => terminals[i] === 1 || agentMask[i] === 0);
    this.#steps += 1;
    if (ended[0] === 0) return;
    this.#episodes += 1;
    this.#endEpisode();
    this.#beginEpisode();
  }

  /** Metrics of the evaluation, by name; with several groups some end with `/<group>`. */
  metrics(): Record<string, number> {
    const outcomes = this.#outcomes;
    const lasts = [...new Set(outcomes.map(({ last }) => last))];
    const answers = this.#critics.ask([...outcomes.map(({ probe }) => probe), ...lasts]);
    const finals = new Map(lasts.map((last, k) => [last, answers[outcomes.length + k]!]));
    const record: Record<string, number> = { 'test/episode_length': this.#steps / this.#episodes };
    const { groups } = this.#policy;
    groups.forEach((group, g) => {
      const suffix = groups.length === 1 ? '' : `/${group.name}`;
      record[`test/saturated_outputs${suffix}`] = mean(outcomes.map((_, k) => answers[k]!.saturated[g]!));
      const compared = this.#compared(group, answers, finals);
      if (compared.length === 0) return;
      record[`test/q_mean${suffix}`] = mean(compared.map(([q]) => q));
      record[`test/q_bias${suffix}`] = mean(compared.map(([q, earned]) => q - earned));
    });
    return record;
  }

  /** Q and the return that followed, of a group's agents in the episode. */
  #compared(
    group: ParameterGroup,
    answers: readonly Answer[],
    finals: ReadonlyMap<Probe, Answer>,
  ): [number, number][] {
    return this.#outcomes.flatMap(({ active, earned, rest, last }, k) =>
      this.#critics.values.flatMap((row, v): [number, number][] => {
        if (row.group !== group || !row.agents.some((i) => active[i])) return [];
        const followed = rest[v] === 0 ? 0 : rest[v]! * finals.get(last)!.q[v]!;
        return [[answers[k]!.q[v]!, earned[v]! + followed]];
      }),
    );
  }

  #visit(obs: Float32Array, mask: Readonly<Uint8Array> | undefined): void {
    const step = this.#rewards.length;
    if (step % STRIDE !== 0 || this.#outcomes.length + this.#visits.length >= MOST) return;
    this.#visits.push({ probe: this.#probe(obs, mask), step });
  }

  #probe(obs: Float32Array, mask: Readonly<Uint8Array> | undefined): Probe {
    return { obs: obs.slice(), mask: mask?.slice(), players: this.#players.slice() };
  }

  #beginEpisode(): void {
    this.#visits = [];
    this.#rewards = [];
    this.#active = [];
  }

  #endEpisode(): void {
    if (this.#visits.length === 0) return;
    const last = this.#probe(this.#env.nextObs, this.#env.nextActionMask);
    const { values } = this.#critics;
    let earned = values.map(() => 0);
    let rest: number[] = values.map(({ agents }) => (agents.every((i) => this.#gone[i]) ? 0 : 1));
    const { gamma } = this.#config;
    for (let t = this.#rewards.length - 1; t >= 0; t--) {
      const rewards = this.#rewards[t]!;
      earned = earned.map((sum, v) => rewards[v]! + gamma * sum);
      rest = rest.map((share) => gamma * share);
      if (this.#visits.at(-1)?.step !== t) continue;
      const { probe } = this.#visits.pop()!;
      this.#outcomes.push({ probe, active: this.#active[t]!, earned, rest, last });
    }
  }

  /** What the critic of an agent learns from: its own reward or its team's mean. */
  #rewardOf(agent: number, rewards: Float64Array): number {
    if (this.#config.critic_reward === 'agent') return rewards[agent]!;
    const { agents } = this.#env.spec;
    return mean(agents.flatMap(({ team }, i) => (team === agents[agent]!.team ? [rewards[i]!] : [])));
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}
