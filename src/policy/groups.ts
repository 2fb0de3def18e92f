/**
 * Parameter groups: which agents share one actor and one critic, and whom a joint critic sees. Every agent belongs to
 * exactly one group; the agents of a group have equal observation widths and action spaces.
 */
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';

export interface ParameterGroup {
  /** Second part of the names of its networks and optimizers: `actor/<name>`. */
  readonly name: string;
  /** Agent indices, in agent order. */
  readonly agents: readonly number[];
  /** Width of the one-hot ids in front of which these agents' rows are told apart; 0: no ids. */
  readonly idWidth: number;
  /** What stands before the group's info keys: empty for the only group, else `<name>/`. */
  readonly infoPrefix: string;
  /** Agents whose observations and actions a joint critic of the group sees, in agent order. Left out: all. */
  readonly criticAgents?: readonly number[];
}

/** The value of the key `use_parameter_sharing`. */
export type ParameterSharing = boolean | 'teams' | readonly (readonly string[])[];

/** The value of the key `critic_scope`. */
export type CriticScope = 'all' | 'team';

/**
 * The groups in the order of their first agents. Ids are one-hot over the agents of the group; a group of one
 * agent has none. Throws UserError if agents of a group differ in action space or width, are named wrongly, or, with scope team,
 * belong to several teams.
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

/** All agents of the one team that a group belongs to. */
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
    // One actor squashes its outputs into one range, and MATD3 clips smoothed actions of a group to it.
    if (agent.actionLow !== first.actionLow || agent.actionHigh !== first.actionHigh)
      throw new UserError(
        `use_parameter_sharing: expected agents of equal action bounds in a group, got ${first.name} ` +
          `(${first.actionLow} to ${first.actionHigh}) and ${agent.name} ` +
          `(${agent.actionLow} to ${agent.actionHigh}); set use_parameter_sharing: false or teams`,
      );
  }
}
