/**
 * The states with which recurrent layers begin the steps of a sample: zeros in whole episodes; in sequences, where the burn-in
 * steps have moved them (R2D2, Kapturowski et al. 2019). Actors and their targets enter the burn-in with the stored states of
 * the policy that acted, or with zeros (sequence_start). Critics never act: they enter it with zeros. All of them are constants:
 * no gradient flows into initial states.
 */
import type { GraphBuilder } from '../engine/builder.ts';
import { slotsOf, widthOf, type Value } from '../engine/graph.ts';
import { inRows, rowParts, splitRow, type RowPart } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import { statesOf } from '../policy/recurrent-states.ts';
import type { SampleValues } from './sample.ts';

/** Where the states are needed; no sample means whole episodes. */
interface Place {
  readonly graph: GraphBuilder;
  readonly policy: Policy;
  readonly sample?: SampleValues;
}

/** Those of an actor or target actor `network`, h (and c of an LSTM) of each layer, [B, n, width]; undefined: zeros. */
export function initialActorStates(
  place: Place,
  network: string,
  group: ParameterGroup,
): readonly Value[] | undefined {
  const { sample, policy } = place;
  const spec = policy.networks.get(network)!;
  if (!sample?.before || !spec.recurrent) return undefined;
  const { actorInput } = policy.designOf(group);
  const { states } = sample.before;
  const names = statesOf(spec, group.name, group.agents.length).map(({ name }) => name);
  if (names.some((name) => states[name] === undefined)) return burntIn(place, network, group, actorInput);
  const stored = names.map((name) => states[name]!);
  return burntIn(place, network, group, actorInput, stored) ?? stored;
}

/** Those of a critic or target critic, [B, rows, width]. */
export function initialCriticStates(
  place: Place,
  network: string,
  group: ParameterGroup,
): readonly Value[] | undefined {
  return burntIn(place, network, group, place.policy.designOf(group).criticInput);
}

/**
 * States after the burn-in, which starts from `stored` or zeros. Zero for sequences at the start of an episode; undefined
 * without burn-in.
 */
function burntIn(
  { graph, policy, sample }: Place,
  network: string,
  group: ParameterGroup,
  input: readonly RowPart[],
  stored?: readonly Value[],
): readonly Value[] | undefined {
  const burnIn = sample?.before?.burnIn;
  const spec = policy.networks.get(network)!;
  if (!burnIn || !spec.recurrent) return undefined;
  const sources = { obs: burnIn.obs, jointActions: burnIn.actions };
  const parts = rowParts(graph, splitRow(input).before, policy.spec, group, sources);
  const rows = Math.max(...parts.map(({ shape }) => (shape.kind === 'array' ? shape.rows : 1)));
  const present = inRows(graph, burnIn.present, rows);
  const zeros = (): Value[] =>
    statesOf(spec, network, rows).map(({ width }) =>
      graph.expand(graph.constant(0), { kind: 'array', slots: 1, rows, width }),
    );
  const { states } = graph.representation(network, parts, stored ?? zeros());
  return states.map((state) =>
    graph.multiply(graph.slots(state, slotsOf(state) - 1, 1), graph.repeat(present, widthOf(state))),
  );
}
