/**
 * Parameter groups: agents that share one actor and one critic, and the agents that a joint critic sees. Every agent
 * belongs to exactly one group; agents of a group have equal observation widths and action spaces.
 */
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';

/** Agents that share networks. */
export interface ParameterGroup {
  /** Suffix of network and optimizer names: `actor/<name>`. */
  readonly name: string;
  /** Agent indices, in agent order. */
  readonly agents: readonly number[];
  /** Width of one-hot agent ids; 0: none. */
  readonly idWidth: number;
  /** Prefix of the group's info keys: `<name>/`, or empty if it is the only group. */
  readonly infoPrefix: string;
  /** Agents that the group's joint critic sees, in agent order. Default all. */
  readonly criticAgents?: readonly number[];
}

/** Value of `use_parameter_sharing`. */
export type ParameterSharing = boolean | 'teams' | readonly (readonly string[])[];

/** Value of `critic_scope`. */
export type CriticScope = 'all' | 'team';

/**
 * Groups, ordered by their first agent. Ids are one-hot over the group's agents; single-agent groups have none. Throws
 * UserError on unknown or missing agents, if agents of a group differ in action space or width, or, with scope `team`,
 * if a group spans teams.
 */
export function parameterGroups(
  spec: JointSpec,
  sharing: ParameterSharing,
  identity: 'one_hot' | 'none',
  scope: CriticScope = 'all',
): ParameterGroup[] {
  const named = namedGroups(spec, sharing);
  return named.map(({ name, agents }) => {
    requireEqualSpaces(spec, agents);
    return {
      name,
      agents,
      idWidth: identity === 'one_hot' && agents.length > 1 ? agents.length : 0,
      infoPrefix: named.length === 1 ? '' : `${name}/`,
      ...(scope === 'team' && { criticAgents: teamMates(spec, agents) }),
    };
  });
}

/** All agents of the group's team. */
function teamMates(spec: JointSpec, group: readonly number[]): number[] {
  const [team, ...others] = teamsOf(group.map((i) => spec.agents[i]!));
  if (others.length > 0)
    throw new UserError(
      `critic_scope: expected all if a group has agents of several teams (${[team, ...others].join(', ')}), got team; ` +
        'or set use_parameter_sharing to teams or false',
    );
  return spec.agents.flatMap((agent, i) => (agent.team === team ? [i] : []));
}

function namedGroups(spec: JointSpec, sharing: ParameterSharing): { name: string; agents: number[] }[] {
  const all = spec.agents.map((_, i) => i);
  const name = (i: number): string => spec.agents[i]!.name;
  if (sharing === true) return [{ name: 'shared', agents: all }];
  if (sharing === false) return all.map((i) => ({ name: name(i), agents: [i] }));
  if (sharing === 'teams') {
    const teams = teamsOf(spec.agents);
    return teams.map((team) => ({ name: team, agents: all.filter((i) => spec.agents[i]!.team === team) }));
  }
  const lists = sharing.map((names) => all.filter((i) => names.includes(name(i))));
  const listed = sharing.flat();
  const unknown = listed.filter((agent) => !spec.agents.some((a) => a.name === agent));
  const missing = all.filter((i) => !listed.includes(name(i))).map(name);
  if (unknown.length > 0 || missing.length > 0 || listed.length !== spec.agents.length)
    throw new UserError(
      `use_parameter_sharing: expected every agent of ${spec.agents.map((a) => a.name).join(', ')} once, got ` +
        JSON.stringify(sharing),
    );
  return lists
    .map((agents) => ({ name: name(agents[0]!), agents }))
    .sort((a, b) => a.agents[0]! - b.agents[0]!);
}

function requireEqualSpaces(spec: JointSpec, agents: readonly number[]): void {
  const first = spec.agents[agents[0]!]!;
  for (const i of agents) {
    const agent = spec.agents[i]!;
    if (agent.actionKind !== first.actionKind)
      throw new UserError(
        `use_parameter_sharing: expected agents of one kind of action space in a group, got ${first.name} ` +
          `(${first.actionKind}) and ${agent.name} (${agent.actionKind}); set use_parameter_sharing: false`,
      );
    if (agent.obsWidth !== first.obsWidth || agent.actWidth !== first.actWidth)
      throw new UserError(
        `use_parameter_sharing: expected agents of equal widths in a group, got ${first.name} ` +
          `(observation ${first.obsWidth}, action ${first.actWidth}) and ${agent.name} ` +
          `(observation ${agent.obsWidth}, action ${agent.actWidth}); set use_parameter_sharing: false or teams`,
      );
    // A group's actor has a single output range, and MATD3 clips smoothed actions to it.
    if (agent.actionLow !== first.actionLow || agent.actionHigh !== first.actionHigh)
      throw new UserError(
        `use_parameter_sharing: expected agents of equal action bounds in a group, got ${first.name} ` +
          `(${first.actionLow} to ${first.actionHigh}) and ${agent.name} ` +
          `(${agent.actionLow} to ${agent.actionHigh}); set use_parameter_sharing: false or teams`,
      );
  }
}
