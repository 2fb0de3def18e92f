/**
 * Controller for simple_world_comm; every agent sees its own observation only. Hunters look ahead to where the nearest
 * prey will be, and yield it to hunters that are nearer. The leader tells them where prey is: with continuous actions the
 * places of the first two that it sees; with discrete ones the forest that hides one. Prey looks ahead between food, the
 * hunters that it sees, forests and the edge.
 *
 * Observation: velocity (2), position (2), obstacles, food, forests (2 each), others (2 each; zeros if unseen); hunters:
 * velocities of the prey (2 each), inside each forest (1 each), the leader's message (4); prey: inside, velocities.
 */
import { MOVES } from '../actions.ts';
import { bound } from '../bounds.ts';
import { commonOptions, readOptions } from '../options.ts';
import { options } from '../scenarios/simple_world_comm_v3.ts';
import { cheapest, distance, pair, pairs, say, type ControllerFactory, type Point } from './controller.ts';
import { later, lookAhead } from './look-ahead.ts';

const LEADER = 0;
const MESSAGES = 4;
const CENTRE: Point = [0, 0];
const AT_REST: Point = [0, 0];
const HUNTER = { accel: 3, maxSpeed: 1, size: 0.075 };
const PREY = { accel: 4, maxSpeed: 1.3, size: 0.045 };
const [OBSTACLE, FOOD, FOREST] = [0.2, 0.03, 0.3]; // radii
const CONTACT = HUNTER.size + PREY.size;

// The costs were tuned in turns, hunters against prey and prey against hunters.
/** Steps ahead at which hunters compare prey. */
const AHEAD = 6;
/** Prey outruns its present velocity. */
const LEAD = 1.4;
const CATCH = 0.65;
const CROWD = 0.1;
const REACH = 0.1; // of a hunter, per step
const EDGE = 7.4;
const HUNGER = 3.4;
const EATING = 1.2;
const HIDING = 0.2;

interface Quarry {
  readonly position: Point;
  readonly velocity: Point;
}

/** What an agent sees, in world coordinates. */
interface View {
  readonly position: Point;
  readonly velocity: Point;
  readonly obstacles: readonly Point[];
  readonly food: readonly Point[];
  readonly forests: readonly Point[];
  /** Those in sight. */
  readonly hunters: readonly Point[];
  /** By number; undefined if out of sight. */
  readonly prey: readonly (Point | undefined)[];
}

export const hunt: ControllerFactory = (spec, given) => {
  const values = readOptions('simple_world_comm_v3', { ...options, ...commonOptions }, given);
  const { num_good, num_adversaries: hunters, num_obstacles, num_food, num_forests } = values;
  const n = hunters + num_good;
  const foodAt = 4 + 2 * num_obstacles;
  const forestsAt = foodAt + 2 * num_food;
  const othersAt = forestsAt + 2 * num_forests;
  const preyVelocitiesAt = othersAt + 2 * (n - 1); // for hunters
  const messageAt = preyVelocitiesAt + 2 * num_good + num_forests;

  const view = (obs: Float32Array, i: number): View => {
    const position = pair(spec, obs, i, 2);
    const absolute = ([dx, dy]: Point): Point => [position[0] + dx, position[1] + dy];
    const others = pairs(spec, obs, i, othersAt, n - 1);
    others.splice(i, 0, [0, 0]); // itself
    const seen = others.map(([dx, dy]) => (dx === 0 && dy === 0 ? undefined : absolute([dx, dy])));
    return {
      position,
      velocity: pair(spec, obs, i, 0),
      obstacles: pairs(spec, obs, i, 4, num_obstacles).map(absolute),
      food: pairs(spec, obs, i, foodAt, num_food).map(absolute),
      forests: pairs(spec, obs, i, forestsAt, num_forests).map(absolute),
      hunters: seen.slice(0, hunters).filter((hunter) => hunter !== undefined),
      prey: seen.slice(hunters),
    };
  };

  /** The prey that hunter i sees, and what the leader has told of the rest. */
  const quarries = (obs: Float32Array, i: number, { prey, forests }: View): Quarry[] => {
    const discrete = spec.agents[i]!.actionKind === 'discrete';
    const message = pairs(spec, obs, i, messageAt, 2);
    const found = prey.flatMap((position, j): Quarry[] => {
      if (position) return [{ position, velocity: pair(spec, obs, i, preyVelocitiesAt + 2 * j) }];
      const told = discrete || i === LEADER ? undefined : decoded(message[j]);
      return told ? [{ position: told, velocity: AT_REST }] : [];
    });
    const forest = discrete ? forests[message.flat().indexOf(1) - 1] : undefined;
    return found.length === 0 && forest ? [{ position: forest, velocity: AT_REST }] : found;
  };

  const chase = (obs: Float32Array, i: number, own: View, actions: Float32Array): void => {
    const target = cheapest(quarries(obs, i, own), ({ position, velocity }) => {
      const there = later(position, velocity, AHEAD);
      const away = distance(there, own.position);
      return away + CROWD * own.hunters.filter((mate) => distance(there, mate) < away).length;
    });
    const cost = (at: Point, step: number): number => {
      const away = distance(at, target ? later(target.position, target.velocity, LEAD * step) : CENTRE);
      return away - (away < CONTACT ? CATCH : 0) + bumps(own.obstacles, at, HUNTER.size);
    };
    lookAhead(spec, i, { ...own, ...HUNTER }, cost, actions);
  };

  const flee = (i: number, own: View, actions: Float32Array): void => {
    const cost = (at: Point, step: number): number => {
      let sum = EDGE * (bound(Math.abs(at[0])) + bound(Math.abs(at[1])));
      for (const hunter of own.hunters) sum += danger(distance(at, hunter) - REACH * step);
      const ways = own.food.map((food) => distance(at, food));
      sum += HUNGER * Math.min(...ways) - EATING * ways.filter((way) => way < PREY.size + FOOD).length;
      sum -= HIDING * own.forests.filter((forest) => isInside(at, forest)).length;
      return sum + bumps(own.obstacles, at, PREY.size);
    };
    lookAhead(spec, i, { ...own, ...PREY }, cost, actions);
  };

  const tell = ({ prey, forests }: View, actions: Float32Array): void => {
    const hidden = forests.findIndex((forest) => prey.some((at) => at && isInside(at, forest)));
    say(spec, LEADER, hidden < MESSAGES - 1 ? hidden + 1 : 0, true, actions);
    if (spec.agents[LEADER]!.actionKind === 'discrete') return;
    const places = [0, 1].flatMap((j) => encoded(prey[j]));
    actions.set(places, spec.actOffsets[LEADER]! + MOVES);
  };

  return (obs, actions) => {
    for (let i = 0; i < n; i++) {
      const own = view(obs, i);
      if (i < hunters) chase(obs, i, own, actions);
      else flee(i, own, actions);
      if (i === LEADER) tell(own, actions);
    }
  };
};

/** Two numbers of a message: a place in [-2, 2]^2 as numbers above 0; zeros for none. */
function encoded(place: Point | undefined): Point {
  const coordinate = (x: number): number => Math.max(0.01, Math.min(1, (x + 2) / 4));
  return place ? [coordinate(place[0]), coordinate(place[1])] : [0, 0];
}

function decoded([x, y]: Point = [0, 0]): Point | undefined {
  return x > 0 && y > 0 ? [4 * x - 2, 4 * y - 2] : undefined;
}

/** Cost of a hunter so far away: most where they touch. */
function danger(away: number): number {
  return away < CONTACT ? 1.35 + 12.4 * (CONTACT - away) : 0.12 / (away + 0.1);
}

/** Cost of running into obstacles. */
function bumps(obstacles: readonly Point[], at: Point, size: number): number {
  return obstacles.reduce(
    (sum, obstacle) => sum + 4 * Math.max(0, OBSTACLE + size - distance(at, obstacle)),
    0,
  );
}

/** Whether prey is hidden by a forest. */
function isInside(prey: Point, forest: Point): boolean {
  return distance(prey, forest) < FOREST + PREY.size;
}
