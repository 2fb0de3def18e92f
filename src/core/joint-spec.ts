/**
 * Who acts and how wide everything is: the one description of an environment that replay, policy and
 * learner need. They never see the environment itself.
 *
 * Legend used beside every array of the program: E environments, N agents, B batch, O_i / A_i widths of
 * agent i's observation and action, SO = sum of O_i, SA = sum of A_i, H hidden units. A joint array holds
 * all agents side by side in agent order: obs [E, SO], actions [E, SA], rewards [E, N].
 */

/** One agent of the joint spec. */
export interface AgentSpec {
  readonly name: string;
  /** Agents of one team have names that differ only in the number at the end: `adversary_0` -> `adversary`. */
  readonly team: string;
  /** O_i */
  readonly obsWidth: number;
  /** A_i: components of a Box, or the number of choices of a Discrete (which travels as a one-hot row). */
  readonly actWidth: number;
  readonly actionKind: 'box' | 'discrete';
  /** Bounds of every component of a Box action; 0 and 1 for a Discrete. */
  readonly actionLow: number;
  readonly actionHigh: number;
}

export interface JointSpec {
  readonly agents: readonly AgentSpec[];
  /** First column of agent i in a joint observation, length N. */
  readonly obsOffsets: readonly number[];
  /** First column of agent i in a joint action, length N. */
  readonly actOffsets: readonly number[];
  /** SO */
  readonly obsTotal: number;
  /** SA */
  readonly actTotal: number;
}

/** The team of an agent name: the name without the number at its end. */
export function teamOf(agent: string): string {
  return agent.replace(/_\d+$/, '');
}

/** The teams, each once, in the order of the agents. */
export function teamsOf(agents: readonly Pick<AgentSpec, 'team'>[]): string[] {
  return [...new Set(agents.map(({ team }) => team))];
}

/** Lays the agents side by side. */
export function jointSpec(agents: readonly AgentSpec[]): JointSpec {
  const obsOffsets: number[] = [];
  const actOffsets: number[] = [];
  let obsTotal = 0;
  let actTotal = 0;
  for (const agent of agents) {
    obsOffsets.push(obsTotal);
    actOffsets.push(actTotal);
    obsTotal += agent.obsWidth;
    actTotal += agent.actWidth;
  }
  return { agents, obsOffsets, actOffsets, obsTotal, actTotal };
}
