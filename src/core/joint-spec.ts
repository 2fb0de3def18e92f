/**
 * The agents of an environment and the widths of their observations and actions: all that replay, policy and learner
 * need to know about it.
 *
 * Shape legend used throughout: E environments, N agents, B batch size, O_i / A_i observation / action width of agent
 * i, SO = sum of O_i, SA = sum of A_i, H hidden units. A joint array holds all agents side by side in agent order:
 * obs [E, SO], actions [E, SA], rewards [E, N].
 */

export interface AgentSpec {
  readonly name: string;
  /** The name without its trailing number: `adversary_0` is in team `adversary`. */
  readonly team: string;
  /** O_i */
  readonly obsWidth: number;
  /** Columns of the observation that its actor does not see, ascending. Default none. */
  readonly hidden?: readonly number[];
  /** A_i: components of a Box, or choices of a Discrete action, which is encoded as one-hot. */
  readonly actWidth: number;
  readonly actionKind: 'box' | 'discrete';
  /** Bounds of every component of a Box action; 0 and 1 for Discrete. */
  readonly actionLow: number;
  readonly actionHigh: number;
}

/** Agents, and where each one's columns are in joint observations and actions. */
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

/** The team of an agent: its name without the trailing number. */
export function teamOf(agent: string): string {
  return agent.replace(/_\d+$/, '');
}

/** The distinct teams, in order of first appearance. */
export function teamsOf(agents: readonly Pick<AgentSpec, 'team'>[]): string[] {
  return [...new Set(agents.map(({ team }) => team))];
}

/** The joint spec of these agents: offsets and totals of their observation and action columns. */
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
