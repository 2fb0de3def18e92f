/**
 * EvaluationWatch: measures evaluation episodes besides their returns: length, saturation, and the critics' Q against the
 * discounted return that followed. At a time limit the critic's own value of the last observation stands for the rest.
 * Recurrent policies are asked about every state of whole episodes.
 */
import type { Config } from '../config/keys.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { greedyActor, type Actor } from '../evaluate/actors.ts';
import { CriticProbe, type Answer, type Probe } from '../learners/critic-probe.ts';
import { meanOf } from '../evaluate/returns.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';

/** Steps between the states that feed-forward critics are asked about. */
const STRIDE = 10;
/**
 * Most states per evaluation. In episodes of 25 steps, 96 states and their final observations fill one batch of CriticProbe.
 * Recurrent policies may exceed it to finish an episode.
 */
const MOST = 96;

/** A state that critics are asked about. */
interface Visit {
  readonly probe: Probe;
  /** Of its episode, from 0. */
  readonly step: number;
  /** Who took part in the step, [N]. */
  readonly active: Uint8Array;
}

/** The same once its episode has ended. Numbers are by value row of the critics. */
interface Outcome {
  readonly probe: Probe;
  readonly active: Uint8Array;
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
  /** Observations that recurrent networks see of an episode, at most; of others 1. */
  readonly #slots: number;
  readonly #players: Uint8Array;
  #outcomes: Outcome[] = [];
  /** What the critics are asked about, as CriticProbe.ask() takes it. */
  #histories: (readonly Probe[])[] = [];
  /** Whose mean reward each value row is learned from. */
  readonly #earners: readonly (readonly number[])[];
  // Of the running episode:
  #visits: Visit[] = [];
  /** The state of this step, if critics are asked about it. */
  #asked: Probe | undefined;
  #step = 0;
  /** Rewards of every step for each value row, [T, K]. */
  #rewards: number[] = [];
  #episodes = 0;
  #steps = 0;

  /** `env`: the evaluation environment, count 1. */
  constructor(config: Config, policy: Policy, env: VectorEnv) {
    this.#config = config;
    this.#policy = policy;
    this.#env = env;
    this.#slots = policy.options.recurrent ? config.episode_length + 1 : 1;
    this.#critics = new CriticProbe(policy, config, config.eval_policy, this.#slots);
    const { agents } = env.spec;
    const teamOf = (i: number): number[] =>
      agents.flatMap(({ team }, k) => (team === agents[i]!.team ? [k] : []));
    this.#earners = this.#critics.values.map(({ agents: [first] }) =>
      config.critic_reward === 'team' ? teamOf(first!) : [first!],
    );
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
    this.#histories = [];
    this.#episodes = 0;
    this.#steps = 0;
    this.#beginEpisode();
  }

  /** To be called after every step of the environment. */
  stepped(): void {
    const { ended } = this.#env;
    if (this.#asked) {
      this.#visits.push({ probe: this.#asked, step: this.#step, active: this.#env.agentMask.slice() });
      this.#asked = undefined;
    }
    // Every watched episode begins with a visit.
    if (this.#visits.length > 0) this.#earn();
    this.#step += 1;
    this.#steps += 1;
    if (ended[0] === 0) return;
    this.#episodes += 1;
    this.#endEpisode();
    this.#beginEpisode();
  }

  /** Metrics of the evaluation, by name; with several groups some end with `/<group>`. */
  metrics(): Record<string, number> {
    const record: Record<string, number> = { 'test/episode_length': this.#steps / this.#episodes };
    const outcomes = this.#outcomes;
    if (outcomes.length === 0) return record;
    const answers = this.#critics.ask(this.#histories);
    const { groups } = this.#policy;
    groups.forEach((group, g) => {
      const suffix = groups.length === 1 ? '' : `/${group.name}`;
      record[`test/saturated_outputs${suffix}`] = meanOf(
        outcomes.map(({ probe }) => answers.get(probe)!.saturated[g]!),
      );
      const compared = this.#compared(group, answers);
      if (compared.length === 0) return;
      record[`test/q_mean${suffix}`] = meanOf(compared.map(([q]) => q));
      record[`test/q_bias${suffix}`] = meanOf(compared.map(([q, earned]) => q - earned));
    });
    return record;
  }

  /** Q and the return that followed, of a group's agents in the episode. */
  #compared(group: ParameterGroup, answers: ReadonlyMap<Probe, Answer>): [number, number][] {
    return this.#outcomes.flatMap(({ probe, active, earned, rest, last }) =>
      this.#critics.values.flatMap((row, v): [number, number][] => {
        if (row.group !== group || !row.agents.some((i) => active[i] === 1)) return [];
        const followed = rest[v] === 0 ? 0 : rest[v]! * answers.get(last)!.q[v]!;
        return [[answers.get(probe)!.q[v]!, earned[v]! + followed]];
      }),
    );
  }

  #visit(obs: Float32Array, mask: Readonly<Uint8Array> | undefined): void {
    if (!this.#asksAbout(this.#step)) return;
    this.#asked = this.#probe(obs, mask);
  }

  /** Whether critics are asked about a step of this episode. */
  #asksAbout(step: number): boolean {
    const enough = this.#outcomes.length + this.#visits.length >= MOST;
    if (!this.#policy.options.recurrent) return step % STRIDE === 0 && !enough;
    return step === 0 ? !enough : step === this.#visits.length && step < this.#slots - 1;
  }

  #earn(): void {
    const { rewards } = this.#env;
    for (const earners of this.#earners) {
      let sum = 0;
      for (const i of earners) sum += rewards[i]!;
      this.#rewards.push(sum / earners.length);
    }
  }

  #probe(obs: Float32Array, mask: Readonly<Uint8Array> | undefined): Probe {
    return { obs: obs.slice(), mask: mask?.slice(), players: this.#players.slice() };
  }

  #beginEpisode(): void {
    this.#visits = [];
    this.#step = 0;
    this.#rewards = [];
  }

  #endEpisode(): void {
    if (this.#visits.length === 0) return;
    const { recurrent } = this.#policy.options;
    // Longer than episode_length.
    if (recurrent && this.#visits.length < this.#step) return;
    const { nextObs, nextActionMask, terminals, agentMask } = this.#env;
    const last = this.#probe(nextObs, nextActionMask);
    const probes = [...this.#visits.map(({ probe }) => probe), last];
    this.#histories.push(...(recurrent ? [probes] : probes.map((probe) => [probe])));
    const gone = (i: number): boolean => terminals[i] === 1 || agentMask[i] === 0;
    const { values } = this.#critics;
    const { gamma } = this.#config;
    const earned = values.map(() => 0);
    const rest: number[] = values.map(({ agents }) => (agents.every(gone) ? 0 : 1));
    for (let t = this.#step - 1; t >= 0; t--) {
      for (let v = 0; v < values.length; v++) {
        earned[v] = this.#rewards[t * values.length + v]! + gamma * earned[v]!;
        rest[v]! *= gamma;
      }
      if (this.#visits.at(-1)?.step !== t) continue;
      const { probe, active } = this.#visits.pop()!;
      this.#outcomes.push({ probe, active, earned: [...earned], rest: [...rest], last });
    }
  }
}
