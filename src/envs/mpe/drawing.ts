/** Draws a particle world: MPE2's sizes and colours. */
import { Pcg64 } from '../../core/random.ts';
import type { Circle, Colour, Drawing } from '../drawing.ts';
import { AWAY } from './scenarios/collect_treasure_v1.ts';
import type { MpeWorld } from './world.ts';

/** Colour of entity k (agents first) of environment 0; undefined if it is not there. */
type Paint = (world: MpeWorld, k: number) => Colour | undefined;

const DARK: Colour = [0.25, 0.25, 0.25];
const BLUE: Colour = [0.35, 0.35, 0.85];
const RED: Colour = [0.85, 0.35, 0.35];
const GOAL: Colour = [0.15, 0.65, 0.15];
const FOOD: Colour = [0.15, 0.15, 0.65];
const FOREST: Colour = [0.6, 0.9, 0.6];
const FOREST_OPACITY = 0.55;
const FREE: Colour = [0.85, 0.85, 0.85];

const REFERENCE: readonly Colour[] = [
  [0.75, 0.25, 0.25],
  [0.25, 0.75, 0.25],
  [0.25, 0.25, 0.75],
];
const SPOKEN_OF: readonly Colour[] = [
  [0.65, 0.15, 0.15],
  [0.15, 0.65, 0.15],
  [0.15, 0.15, 0.65],
];
const CRYPTO: readonly Colour[] = [
  [1, 0, 0],
  [0, 1, 0],
];
const PUSHED: readonly Colour[] = [
  [0.1, 0.9, 0.1],
  [0.1, 0.1, 0.9],
];
const TREASURES: readonly Colour[] = [
  [0.212, 0.408, 0.776],
  [0.945, 0.553, 0],
  [0.169, 0.627, 0.173],
  [0.839, 0.149, 0.157],
  [0.58, 0.404, 0.741],
  [0.549, 0.337, 0.294],
];

/** Colours by scenario; blue agents and dark landmarks elsewhere. */
const PAINTS: Readonly<Record<string, Paint>> = {
  simple_v3: ({ agentCount }, k) => (k < agentCount ? DARK : REFERENCE[0]),
  simple_adversary_v3: ({ agentCount, state }, k) =>
    k < agentCount ? (k === 0 ? RED : BLUE) : k - agentCount === state[0] ? GOAL : [0.15, 0.15, 0.15],
  simple_push_v3: ({ agentCount, state }, k) => {
    if (k >= agentCount) return PUSHED[k - agentCount];
    if (k === 0) return REFERENCE[0];
    return state[0] === 0 ? [0.25, 0.75, 0.25] : [0.25, 0.25, 0.75];
  },
  // Bob shows the goal that he is to reconstruct.
  simple_crypto_v3: ({ agentCount, state }, k) =>
    [REFERENCE[0]!, CRYPTO[state[0]!]!, DARK][k] ?? CRYPTO[k - agentCount],
  // An agent has the colour of its own goal, which only the other knows.
  simple_reference_v3: ({ agentCount, state }, k) =>
    REFERENCE[k < agentCount ? state[1 - k]! : k - agentCount],
  // So has the listener, lighter.
  simple_speaker_listener_v4: ({ agentCount, state }, k) =>
    k === 0 ? DARK : k < agentCount ? lighter(SPOKEN_OF[state[0]!]!) : SPOKEN_OF[k - agentCount],
  simple_tag_v3: ({ agents, agentCount }, k) =>
    k >= agentCount ? DARK : isAdversary(agents[k]!.name) ? RED : [0.35, 0.85, 0.35],
  simple_world_comm_v3: ({ agents, landmarks, agentCount }, k) => {
    if (k >= agentCount)
      return { obstacle: DARK, food: FOOD, forest: FOREST }[kindOf(landmarks[k - agentCount]!.name)];
    if (k === 0) return [0.65, 0.15, 0.15];
    return isAdversary(agents[k]!.name) ? [0.95, 0.45, 0.45] : [0.45, 0.95, 0.45];
  },
  collect_treasure_v1: (world, k) => {
    const { agents, agentCount, state, positions } = world;
    const collectors = agents.findIndex(({ name }) => name.startsWith('deposit'));
    const holds = 1 + Pcg64.STATE_WORDS;
    if (k < collectors) {
      const held = state[holds + k]!;
      return held < 0 ? FREE : scaled(TREASURES[held]!, 0.85);
    }
    if (k < agentCount) return scaled(TREASURES[k - collectors]!, 0.35);
    return positions[2 * k] === AWAY ? undefined : TREASURES[state[holds + collectors + k - agentCount]!];
  },
};

/** Environment 0 of `world`, a world of scenario `id`. */
export function drawWorld(id: string, world: MpeWorld): Drawing {
  const paint = PAINTS[id] ?? (({ agentCount }, k): Colour => (k < agentCount ? BLUE : DARK));
  const { agents, landmarks, agentCount, entityCount, positions, messages, messageWidth } = world;
  const circle = (k: number): Circle[] => {
    const colour = paint(world, k);
    if (colour === undefined) return [];
    const body = agents[k] ?? landmarks[k - agentCount]!;
    return [
      {
        ...{ kind: 'circle', x: positions[2 * k]!, y: positions[2 * k + 1]!, radius: body.size, colour },
        ...(k < agentCount && { agent: body.name }),
        ...(colour === FOREST && { opacity: FOREST_OPACITY }),
      },
    ];
  };
  const sizeOf = (k: number): number => (agents[k] ?? landmarks[k - agentCount]!).size;
  // The largest at the bottom, so that none hides another; of equals, agents above landmarks.
  const order = Array.from({ length: entityCount }, (_, k) => entityCount - 1 - k);
  order.sort((a, b) => sizeOf(b) - sizeOf(a));
  const speakers = agents.flatMap(({ name, silent }, i) => (silent ? [] : [{ name, i }]));
  return {
    shapes: order.flatMap(circle),
    ...(speakers.length > 0 && {
      says: Object.fromEntries(
        speakers.map(({ name, i }) => [
          name,
          [...messages.subarray(i * messageWidth, (i + 1) * messageWidth)],
        ]),
      ),
    }),
  };
}

function isAdversary(name: string): boolean {
  return name.includes('adversary');
}

function kindOf(landmark: string): 'obstacle' | 'food' | 'forest' {
  return landmark.startsWith('food') ? 'food' : landmark.startsWith('forest') ? 'forest' : 'obstacle';
}

function lighter(colour: Colour): Colour {
  return [Math.min(1, colour[0] + 0.45), Math.min(1, colour[1] + 0.45), Math.min(1, colour[2] + 0.45)];
}

function scaled([red, green, blue]: Colour, by: number): Colour {
  return [red * by, green * by, blue * by];
}
