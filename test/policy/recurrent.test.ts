/** Recurrent policies: their initial weights, and acting with states. */
import { describe, expect, it } from 'vitest';
import { learnerOn, SMALL_LEARNER } from '../contract/random-learner.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import type { RecurrentOptions } from '../../src/policy/network-specs.ts';
import type { Policy } from '../../src/policy/policy.ts';

const GRU: RecurrentOptions = { cell: 'GRU', fc: [4], layers: 1, width: 5 };

type Agent = 'MADDPG' | 'MATD3' | 'IDDPG';

function policyOf(agent: Agent, recurrent: RecurrentOptions = GRU): Policy {
  return learnerOn(new ReferenceEngine(), { ...SMALL_LEARNER, agent, recurrent }).policy;
}

/** Inputs of recurrent layers and head, of the actor, then the critic. */
function inputsOf(agent: Agent, options: RecurrentOptions = GRU): number[] {
  return ['actor', 'critic'].flatMap((network) => {
    const { recurrent, inputs } = policyOf(agent, options).networks.get(`${network}/shared`)!;
    return [recurrent!.inputs, inputs];
  });
}

const OBS = Float32Array.from({ length: 2 * 3 * 4 }, (_, k) => k % 5);

describe('a recurrent policy', () => {
  it('begins with twin critics whose representations are equal, and whose heads are not', () => {
    const tensors = policyOf('MATD3').tensors();
    const leaves = ['fc_W0', 'rnn_W_ih0', 'rnn_W_hh0', 'W0', 'W1'];
    const equal = leaves.filter((leaf) => {
      const [a, b] = ['critic_A', 'critic_B'].map((critic) => tensors.get(`${critic}/shared/${leaf}`)!.data);
      expect(tensors.get(`target_critic_B/shared/${leaf}`)!.data).toEqual(b);
      return a!.every((w, k) => w === b![k]);
    });
    expect(equal).toEqual(['fc_W0', 'rnn_W_ih0', 'rnn_W_hh0']);
  });

  it('has ids and own actions behind the recurrent layers, joint actions before them', () => {
    // Observations of 4, actions of 2, 3 agents, representations of 5.
    expect(inputsOf('MADDPG')).toEqual([4, 5 + 3, 3 * (4 + 2), 5 + 3]);
    expect(inputsOf('IDDPG')).toEqual([4, 5 + 3, 4, 5 + 3 + 2]);
  });

  it('may have critics without recurrence', () => {
    const { networks } = policyOf('MADDPG', { ...GRU, critics: 'feed_forward' });
    const recurrent = [...networks.values()].filter((spec) => spec.recurrent).map(({ name }) => name);
    expect(recurrent).toEqual(['actor/shared', 'target_actor/shared']);
    expect(networks.get('critic/shared')!.inputs).toBe(3 * (4 + 2) + 3);
  });

  it('acts by what it has seen of the episode, until the states are reset', () => {
    const policy = policyOf('MADDPG');
    const states = policy.states(2);
    const act = (): Float32Array => policy.act(OBS, 'online', undefined, undefined, states).slice();
    const first = act();
    const second = act();
    expect(second).not.toEqual(first);
    states.reset(1);
    const third = act();
    expect(third.subarray(6)).toEqual(first.subarray(6));
    expect(third.subarray(0, 6)).not.toEqual(second.subarray(0, 6));
    states.reset(0);
    states.reset(1);
    expect(act()).toEqual(first);
  });

  it('refuses to act without states, or with those of other environments', () => {
    const policy = policyOf('MADDPG');
    const message = 'act: expected states of 2 environments for recurrent actors, got ';
    expect(() => policy.act(OBS)).toThrow(`${message}none`);
    expect(() => policy.act(OBS, 'online', undefined, undefined, policy.states(3))).toThrow(`${message}3`);
  });
});

describe('a learner', () => {
  it('takes episodes for recurrent networks, and transitions for others', () => {
    const engine = new ReferenceEngine();
    const recurrent = learnerOn(engine, { ...SMALL_LEARNER, recurrent: GRU });
    expect(() => recurrent.batch(3)).toThrow('update: expected episodes, got transitions');
    expect(() => learnerOn(engine, SMALL_LEARNER).episodes(3, 4)).toThrow(
      'update: expected transitions, got episodes',
    );
    const { obs, actions, agentMask, discounts, ...others } = recurrent.episodes(3, 4);
    expect([obs, actions, agentMask, discounts].map(({ length }) => length / 3)).toEqual([60, 24, 12, 4]);
    expect(discounts).toEqual(new Float32Array(12).fill(0.95));
    expect(Object.keys(others)).toEqual(['size', 'steps', 'rewards', 'terminals']);
  });
});
