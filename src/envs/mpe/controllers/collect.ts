/**
 * Controller for collect_treasure; every agent sees its own observation only, which shows everything. Empty-handed
 * collectors are matched to treasures at minimum total distance, on to the deposit included; all of them solve the same
 * problem. Others carry what they hold to its deposit. Deposits go to meet the collectors and treasures of their type.
 *
 * Observation: position (2), velocity (2), for a collector what it holds (T); of each other agent, nearest first: position
 * (2), velocity (2), a deposit's type (T), what a collector holds (T); of each treasure: position (2), type (T).
 */
import type { JointSpec } from '../../../core/joint-spec.ts';
import { Assignment } from '../assignment.ts';
import { cheapest, distance, pair, team, type ControllerFactory, type Point } from './controller.ts';
import { later, lookAhead } from './look-ahead.ts';

const ACCEL = 1.5; // per mass
const MAX_SPEED = 1;
const DEPOSIT_MASS = 2.25;
const NOTHING = -1;
/** Above this distance two collectors do not touch, with a margin for the error of prediction. */
const APART = 0.11;
// Tuned on the returns of this controller.
const OVERLAP_COST = 8;
/** What the way from treasure to deposit counts, beside the way to the treasure. */
const ON_TO_DEPOSIT = 0.3;
/** How strongly a treasure attracts its deposit, beside a collector that holds one. */
const TREASURE_PULL = 0.3;
const SOFTENING = 0.15;

interface Body {
  /** Relative to the observer. */
  readonly position: Point;
  readonly velocity: Point;
  /** A deposit's or treasure's type; NOTHING for a collector. */
  readonly type: number;
  /** What a collector holds; NOTHING for others. */
  readonly holds: number;
}

export const collect: ControllerFactory = (spec) => {
  const view = viewer(spec);
  return (obs, actions) => {
    for (let i = 0; i < spec.agents.length; i++) {
      const { self, others, treasures, matching } = view(obs, i);
      const deposit = (type: number): Body => others.find((other) => other.type === type)!;
      const collector = self.type === NOTHING;
      const goal = !collector
        ? meetingPoint(self, others, treasures)
        : self.holds === NOTHING
          ? assigned(self, others, treasures, matching)
          : deposit(self.holds);
      const mates = collector
        ? others.filter(({ type, position }) => type === NOTHING && isNear(position))
        : [];
      lookAhead(
        spec,
        i,
        { ...self, accel: collector ? ACCEL : ACCEL / DEPOSIT_MASS, maxSpeed: MAX_SPEED },
        (at, step) => {
          let cost = goal ? distance(at, later(goal.position, goal.velocity, step)) : 0;
          for (const { position, velocity } of mates)
            cost += OVERLAP_COST * Math.max(0, APART - distance(at, later(position, velocity, step)));
          return cost;
        },
        actions,
      );
    }
  };
};

interface View {
  readonly self: Body;
  readonly others: readonly Body[];
  /** Without those picked up. */
  readonly treasures: readonly Body[];
  /** Scratch, [most of collectors and treasures]. */
  readonly matching: Assignment;
}

/** Reads agent i's observation. */
function viewer(spec: JointSpec): (obs: Float32Array, i: number) => View {
  const types = team(spec, 'deposit').length;
  const n = spec.agents.length;
  const collectors = n - types;
  const otherWidth = 4 + 2 * types;
  const treasureWidth = 2 + types;
  const treasureCount = (spec.agents[n - 1]!.obsWidth - 4 - (n - 1) * otherWidth) / treasureWidth;
  const matching = new Assignment(Math.max(collectors, treasureCount));
  return (obs, i) => {
    const collector = i < collectors;
    const at = (c: number): Point => pair(spec, obs, i, c);
    const type = (c: number): number => {
      const first = spec.obsOffsets[i]! + c;
      return obs.subarray(first, first + types).indexOf(1);
    };
    const first = collector ? 4 + types : 4;
    return {
      matching,
      self: {
        position: [0, 0],
        velocity: at(2),
        type: collector ? NOTHING : i - collectors,
        holds: collector ? type(4) : NOTHING,
      },
      others: Array.from({ length: n - 1 }, (_, k) => {
        const c = first + k * otherWidth;
        return { position: at(c), velocity: at(c + 2), type: type(c + 4), holds: type(c + 4 + types) };
      }),
      treasures: Array.from({ length: treasureCount }, (_, k): Body => {
        const c = first + (n - 1) * otherWidth + k * treasureWidth;
        return { position: at(c), velocity: [0, 0], type: type(c + 2), holds: NOTHING };
      }).filter((treasure) => treasure.type !== NOTHING),
    };
  };
}

/** Whether a collector might be touched within the steps that are looked ahead. */
function isNear([x, y]: Point): boolean {
  return Math.max(Math.abs(x), Math.abs(y)) < 0.7;
}

/** The treasure of an empty-handed collector; none if there are more collectors than treasures and it is left over. */
function assigned(
  self: Body,
  others: readonly Body[],
  treasures: readonly Body[],
  matching: Assignment,
): Body | undefined {
  const empty = [self, ...others.filter(({ type, holds }) => type === NOTHING && holds === NOTHING)];
  const { n, costs } = matching;
  costs.fill(0);
  empty.forEach(({ position, velocity }, row) => {
    const soon = later(position, velocity, 1);
    for (let l = 0; l < n; l++) {
      const treasure = treasures[l];
      const deposit = others.find(({ type }) => type === treasure?.type);
      costs[row * n + l] =
        treasure && deposit
          ? distance(soon, treasure.position) + ON_TO_DEPOSIT * distance(treasure.position, deposit.position)
          : 10; // beyond every treasure: none
    }
  });
  matching.solve();
  return (
    treasures[matching.columns[0]!] ??
    cheapest(treasures, ({ position }) => distance(position, self.position))
  );
}

/** Where a deposit waits: the mean of what is bound for it, the near counting more. */
function meetingPoint(
  self: Body,
  others: readonly Body[],
  treasures: readonly Body[],
): Pick<Body, 'position' | 'velocity'> | undefined {
  let [x, y, sum] = [0, 0, 0];
  const attract = ({ position }: Body, pull: number): void => {
    const weight = pull / (distance(position, self.position) + SOFTENING);
    x += weight * position[0];
    y += weight * position[1];
    sum += weight;
  };
  for (const other of others) if (other.holds === self.type) attract(other, 1);
  for (const treasure of treasures) if (treasure.type === self.type) attract(treasure, TREASURE_PULL);
  return sum > 0 ? { position: [x / sum, y / sum], velocity: [0, 0] } : undefined;
}
