/** What a policy's critics think: Q of every agent at a joint observation and action. */
import { GraphBuilder } from '../engine/builder.ts';
import { ownActions, rowParts } from '../policy/design.ts';
import type { Policy } from '../policy/policy.ts';
import type { Values } from './recorder.ts';

/** Q [N]; of twin critics the least, as in targets. */
export function criticOf(policy: Policy): Values {
  const { groups, spec } = policy;
  const graph = new GraphBuilder(policy.networks.values());
  const obs = graph.input('obs', 1, spec.obsTotal);
  const jointActions = graph.input('actions', 1, spec.actTotal);
  const twins = groups.map((group) => {
    const { critics, criticInput } = policy.designOf(group);
    const sources = { obs, jointActions, actions: ownActions(graph, spec, group, jointActions) };
    const parts = rowParts(graph, criticInput, spec, group, sources);
    return critics.map((critic) => {
      const name = `${critic}/${group.name}`;
      graph.output(name, graph.network(name, parts, group.agents.length));
      return name;
    });
  });
  const program = policy.store.compile(graph.build(), 1);
  return (seen, actions) => {
    const input = program.input('obs');
    input.set(seen);
    policy.observations?.apply(input);
    program.input('actions').set(actions);
    program.run();
    const values: number[] = [];
    groups.forEach(({ agents }, g) => {
      const outputs = twins[g]!.map((name) => program.output(name));
      agents.forEach((agent, row) => (values[agent] = Math.min(...outputs.map((output) => output[row]!))));
    });
    return values;
  };
}
