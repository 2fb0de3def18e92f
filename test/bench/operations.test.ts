/** FLOPs of graphs, against sums by hand. */
import { describe, expect, it } from 'vitest';
import { operationsOf } from '../../src/bench/operations.ts';
import { withLearner } from '../../src/bench/learner.ts';
import { GraphBuilder } from '../../src/engine/builder.ts';
import { gradient } from '../../src/engine/gradients.ts';
import type { NetworkSpec } from '../../src/engine/network-spec.ts';

const NETWORK: NetworkSpec = {
  ...{ name: 'critic/shared', inputs: 9, hidden: [10], outputs: 1 },
  ...{ activation: 'leaky_relu', negativeSlope: 0.01, outputActivation: 'none' },
};

describe('operationsOf', () => {
  it('counts a shared part once a sample, and an id not at all', () => {
    const graph = new GraphBuilder([NETWORK]);
    // 4 columns for all, 3 for each of the agents, ids of 2.
    const parts = [graph.input('joint', 1, 4), graph.input('own', 2, 3), graph.ids([0, 1], 2)];
    graph.output('values', graph.network('critic/shared', parts));
    expect(operationsOf(graph.build(), 5)).toBe(2 * 5 * (4 * 10 + 2 * 3 * 10 + 2 * 10 * 1));
  });

  it('counts the products of a recurrent layer with its input and its state in every slot, and their gradients', () => {
    const recurrent = { cell: 'GRU', inputs: 4, fc: [], layers: 1, width: 10 } as const;
    const net = { ...NETWORK, inputs: 10, hidden: [], recurrent };
    const graph = new GraphBuilder([net]);
    const { out } = graph.representation(net.name, [graph.input('x', 2, 4, 6)]);
    const loss = graph.sum(graph.network(net.name, [out]));
    const [gates, rows] = [30, 5 * 6 * 2];
    const forward = rows * (gates * (4 + 10) + 10);
    expect(operationsOf(graph.build(), 5)).toBe(2 * forward);
    gradient(graph, loss, [net.name]);
    // Weights as forward; deltas of the head's input, and of the state.
    expect(operationsOf(graph.build(), 5)).toBe(2 * (2 * forward + rows * (10 + gates * 10)));
  });

  it('of a MADDPG update of simple_spread are those of its five passes forward and three backward', async () => {
    const [batch, hidden] = [8, 16];
    const rows = 3 * batch;
    const actor = rows * (18 * hidden + hidden * hidden + hidden * 5);
    const joint = batch * 69 * hidden;
    const later = rows * (hidden * hidden + hidden);
    const critic = joint + later;
    const criticBackward = 2 * later + joint;
    const throughCritic = later + batch * 15 * hidden;
    const actorBackward = 2 * rows * (hidden * hidden + hidden * 5) + rows * 18 * hidden;
    const counted = await withLearner('reference', 1, { hidden }, (learner, operations) => {
      learner.batch(batch);
      return operations.get(batch);
    });
    expect(counted).toBe(2 * (2 * actor + 3 * critic + criticBackward + throughCritic + actorBackward));
  });
});
