/** The critics' estimates: Q of every agent at a joint observation and action, given the episode so far. */
import { GraphBuilder } from '../engine/builder.ts';
import { ownActions } from '../policy/design.ts';
import type { Policy } from '../policy/policy.ts';
import { nextOutputsOf, RecurrentStates, statesOf } from '../policy/recurrent-states.ts';
import type { Values } from './recorder.ts';

/** Q [N]; of twin critics the least, as in targets. */
export function criticOf(policy: Policy): Values {
  const { groups, spec, networks } = policy;
  const graph = new GraphBuilder(networks.values());
  const obs = graph.input('obs', 1, spec.obsTotal);
  const jointActions = graph.input('actions', 1, spec.actTotal);
  const critics = groups.flatMap((group) => {
    const { critics: twins, criticInput } = policy.designOf(group);
    // What all see enters the recurrent layers once.
    const rows = criticInput.includes('obs_i') ? group.agents.length : 1;
    return twins.map((critic) => {
      const name = `${critic}/${group.name}`;
      return { name, group, criticInput, states: statesOf(networks.get(name)!, name, rows) };
    });
  });
  for (const { name, group, criticInput, states } of critics) {
    const sources = { obs, jointActions, actions: ownActions(graph, spec, group, jointActions) };
    graph.output(name, nextOutputsOf({ graph, policy }, name, criticInput, group, sources, states));
  }
  const program = policy.store.compile(graph.build(), 1);
  const remembered = new RecurrentStates(
    critics.flatMap(({ states }) => states),
    1,
  );
  const values: Values = (seen, actions) => {
    const input = program.input('obs');
    input.set(seen);
    policy.observations?.apply(input);
    program.input('actions').set(actions);
    remembered.run(program);
    const least = spec.agents.map(() => Infinity);
    for (const { name, group } of critics) {
      const output = program.output(name);
      group.agents.forEach((agent, row) => (least[agent] = Math.min(least[agent]!, output[row]!)));
    }
    return least;
  };
  values.beginEpisode = () => {
    remembered.reset(0);
  };
  return values;
}
