import type { CustomEnvironment } from '../../src/envs/custom/custom-environment.ts';

/**
 * Two agents whose episodes last 2, 3 and 4 steps in turn, beginning with the seed modulo 3; every second one ends in a
 * terminal state. They see the time and what both did.
 */
export function uneven(): CustomEnvironment {
  let [episode, t, last] = [-1, 0, 0];
  const names = ['a', 'b'];
  let agents: readonly string[] = [];
  const both = <T>(value: T): Record<string, T> => Object.fromEntries(names.map((name) => [name, value]));
  const see = (): Record<string, Float32Array> => ({
    a: Float32Array.of(t, last),
    b: Float32Array.of(last, t),
  });
  return {
    name: 'uneven',
    possibleAgents: names,
    get agents() {
      return agents;
    },
    observationSpace: () => ({ kind: 'box', shape: [2], low: -10, high: 10 }),
    actionSpace: () => ({ kind: 'box', shape: [1], low: 0, high: 1 }),
    reset(options) {
      episode = options?.seed === undefined ? episode + 1 : options.seed % 3;
      [t, last, agents] = [0, 0, names];
      return { observations: see(), infos: both({}) };
    },
    step(actions) {
      [t, last] = [t + 1, names.reduce((sum, name) => sum + (actions[name] as Float32Array)[0]!, 0)];
      const over = t === 2 + (episode % 3);
      if (over) agents = [];
      return {
        observations: see(),
        rewards: both(-Math.abs(last - t / 4)),
        terminations: both(over && episode % 2 === 0),
        truncations: both(over && episode % 2 === 1),
        infos: both({}),
      };
    },
    snapshot: () => Uint8Array.from(new Uint8Array(Float64Array.of(episode, t, last).buffer)),
    restore(state) {
      [episode, t, last] = [...new Float64Array(Uint8Array.from(state).buffer)] as [number, number, number];
      agents = names;
    },
  };
}
