/** benchmark_data against its formulas, computed from observations and actions. simple_spread.test.ts covers simple_spread. */
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../../src/core/random.ts';
import type { Action, ParallelEnv, StepResult } from '../../../src/envs/parallel-env.ts';
import { environmentIds, makeEnv } from '../../../src/envs/registry.ts';

/** Plays two episodes with random actions and calls `each` after every step. */
function play(
  id: string,
  options: Record<string, unknown>,
  each: (result: StepResult, actions: Record<string, Action>, env: ParallelEnv) => void,
): void {
  const env = makeEnv(id, { ...options, benchmark_data: true });
  const stream = new FastStream(8, 'benchmark data');
  for (const seed of [1, 2]) {
    env.reset({ seed });
    while (env.agents.length > 0) {
      const actions = Object.fromEntries(
        env.agents.map((agent): [string, Action] => {
          const space = env.actionSpace(agent);
          return space.kind === 'box'
            ? [agent, Float32Array.from({ length: space.shape[0] }, () => stream.double())]
            : [agent, stream.below(space.n)];
        }),
      );
      each(env.step(actions), actions, env);
    }
  }
}

const data = (result: StepResult, agent: string): unknown => result.infos[agent]!['benchmark_data'];
const square = (x: number, y: number): number => x * x + y * y;

describe('benchmark_data', () => {
  it('is an empty object for scenarios that define none', () => {
    const none = [
      'simple_v3',
      'simple_push_v3',
      'simple_reference_v3',
      'simple_formation_v1',
      'simple_line_v1',
    ];
    expect(environmentIds()).toEqual(expect.arrayContaining(none));
    for (const id of none)
      play(id, { max_cycles: 2 }, (result, _, env) => {
        for (const agent of env.possibleAgents) expect(data(result, agent), id).toEqual({});
      });
  });

  it('of simple_adversary holds squared distances', () => {
    play('simple_adversary_v3', { N: 3 }, (result) => {
      const seen = result.observations['agent_0']!;
      const [toGoal, ...toLandmarks] = [0, 2, 4, 6].map((c) => square(seen[c]!, seen[c + 1]!));
      const own = data(result, 'agent_0') as number[];
      expect(own).toHaveLength(4);
      [...toLandmarks, toGoal!].forEach((expected, k) => {
        expect(own[k]).toBeCloseTo(expected, 5);
      });
      const goal = [2, 4, 6].find((c) => seen[c] === seen[0] && seen[c + 1] === seen[1])! - 2;
      const adversary = result.observations['adversary_0']!;
      expect(data(result, 'adversary_0')).toBeCloseTo(square(adversary[goal]!, adversary[goal + 1]!), 5);
    });
  });

  it('of simple_crypto is the agent’s message and the goal', () => {
    play('simple_crypto_v3', {}, (result, actions) => {
      const goal = [...result.observations['alice_0']!.subarray(0, 4)];
      for (const agent of ['eve_0', 'bob_0', 'alice_0']) {
        const message = [0, 1, 2, 3].map((k) => (actions[agent] === k ? 1 : 0));
        expect(data(result, agent)).toEqual([message, goal]);
      }
    });
  });

  it('of simple_speaker_listener is the reward', () => {
    play('simple_speaker_listener_v4', {}, (result) => {
      for (const agent of ['speaker_0', 'listener_0'])
        expect(data(result, agent)).toBe(result.rewards[agent]);
    });
  });

  it.each([
    ['simple_tag_v3', { num_good: 3, num_adversaries: 6 }, 0.125],
    ['simple_world_comm_v3', { num_good: 3, num_adversaries: 6 }, 0.12],
  ])('of %s counts the agents that an adversary touches', (id, options, reach) => {
    let touched = 0;
    play(id, options, (result, _, env) => {
      const position = (agent: string): readonly number[] => [...result.observations[agent]!.subarray(2, 4)];
      const prey = env.possibleAgents.filter((agent) => agent.startsWith('agent'));
      for (const agent of env.possibleAgents) {
        const [x, y] = position(agent);
        const count = prey.filter((other) => {
          const [ox, oy] = position(other);
          return Math.hypot(x! - ox!, y! - oy!) < reach;
        }).length;
        expect(data(result, agent)).toBe(prey.includes(agent) ? 0 : count);
        if (!prey.includes(agent)) touched += count;
      }
    });
    expect(touched).toBeGreaterThan(0);
  });

  it('of collect_treasure is the type held, or how many hold a deposit’s type, and the treasures present', () => {
    let [held, away] = [0, 0];
    play(
      'collect_treasure_v1',
      { num_collectors: 8, num_treasures: 12, max_cycles: 100 },
      (result, _, env) => {
        const types = 2;
        const holds = (agent: string): number => result.observations[agent]!.indexOf(1, 4) - 4;
        const holding = env.possibleAgents
          .filter((agent) => agent.startsWith('collector'))
          .map((agent) =>
            result.observations[agent]!.subarray(4, 4 + types).includes(1) ? holds(agent) : null,
          );
        const view = result.observations['collector_0']!;
        const treasures = Array.from({ length: 12 }, (_, k) =>
          view.subarray(view.length - 4 * (k + 1)).subarray(0, 4),
        );
        const there = treasures.filter((treasure) => treasure.some((x) => x !== 0)).length;
        env.possibleAgents.forEach((agent, i) => {
          const first = i < 8 ? holding[i]! : holding.filter((type) => type === i - 8).length;
          expect(data(result, agent)).toEqual([first, there]);
        });
        held += holding.filter((type) => type !== null).length;
        away += 12 - there;
      },
    );
    expect(held).toBeGreaterThan(0);
    expect(away).toBeGreaterThan(0);
  });
});
