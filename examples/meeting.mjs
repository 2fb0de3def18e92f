/**
 * Two walkers on a line from -1 to 1 want to meet at a lantern. Only the guide sees the lantern; the visitor sees the
 * guide. Each step costs a walker its distance to the lantern. A walker that reaches it is done, and the episode continues
 * for the other.
 *
 * A custom environment is a function `(options) => environment`: see docs/custom-environments.md.
 */

const STEP = 0.2; // maximum distance per step
const NEAR = 0.05; // closer than this has arrived

/**
 * @param {{ max_cycles?: number }} options max_cycles: steps per episode
 * @returns {import('maddpg').CustomEnvironment}
 */
export default function meeting({ max_cycles: maxCycles = 25 }) {
  const possibleAgents = ['guide', 'visitor'];
  let random = generator(0);
  let at = [0, 0];
  let lantern = 0;
  let steps = 0;
  let agents = [];

  /** New arrays at every step: the caller may keep them. */
  const observations = () => ({
    guide: Float32Array.of(at[0], lantern - at[0], at[1] - at[0]),
    visitor: Float32Array.of(at[1], at[0] - at[1]),
  });
  /** An object with one entry per name. */
  const each = (names, value) => Object.fromEntries(names.map((name) => [name, value(name)]));
  const away = (name) => Math.abs(at[possibleAgents.indexOf(name)] - lantern);

  return {
    name: 'meeting',
    possibleAgents,
    get agents() {
      return agents;
    },
    observationSpace: (agent) => ({ kind: 'box', shape: [agent === 'guide' ? 3 : 2], low: -2, high: 2 }),
    actionSpace: () => ({ kind: 'box', shape: [1], low: -1, high: 1 }),

    reset({ seed } = {}) {
      if (seed !== undefined) random = generator(seed);
      at = possibleAgents.map(() => 2 * random() - 1);
      lantern = 2 * random() - 1;
      steps = 0;
      agents = possibleAgents;
      return { observations: observations(), infos: each(agents, () => ({})) };
    },

    step(actions) {
      const walking = agents;
      for (const name of walking) {
        const i = possibleAgents.indexOf(name);
        const pace = Math.max(-1, Math.min(1, actions[name][0]));
        at[i] = Math.max(-1, Math.min(1, at[i] + STEP * pace));
      }
      steps += 1;
      const terminations = each(walking, (name) => away(name) < NEAR);
      const truncations = each(walking, () => steps >= maxCycles);
      agents = walking.filter((name) => !terminations[name] && !truncations[name]);
      const all = observations();
      return {
        observations: each(walking, (name) => all[name]),
        rewards: each(walking, (name) => -away(name)),
        terminations,
        truncations,
        infos: each(walking, () => ({})),
      };
    },

    // Optional: what `maddpg replay` shows. The guide walks above the line, the visitor below.
    render: () => [
      { kind: 'line', x1: -1, y1: 0, x2: 1, y2: 0, colour: [0.7, 0.7, 0.7] },
      { kind: 'circle', x: lantern, y: 0, radius: NEAR, colour: [0.95, 0.7, 0.1] },
      ...possibleAgents.map((agent, i) => ({
        ...{ kind: 'circle', agent, x: at[i], y: i === 0 ? 0.12 : -0.12, radius: 0.06 },
        colour: i === 0 ? [0.35, 0.35, 0.85] : [0.35, 0.75, 0.35],
      })),
    ],

    // Optional: with these a resumed run continues as if never interrupted.
    snapshot: () =>
      new TextEncoder().encode(JSON.stringify({ at, lantern, steps, agents, random: random.state() })),
    restore(bytes) {
      const saved = JSON.parse(new TextDecoder().decode(bytes));
      ({ at, lantern, steps, agents } = saved);
      random = generator(saved.random);
    },
  };
}

/** Seeded random numbers in [0, 1) (mulberry32): Math.random() would make runs irreproducible. */
function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  next.state = () => state;
  return next;
}
