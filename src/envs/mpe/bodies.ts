/** The bodies of a particle world: agents and landmarks, as a scenario declares them. */

/** What agents and landmarks have in common. Lengths are in world units: the arena is about 2 wide. */
export interface Landmark {
  readonly name: string;
  /** Radius. */
  readonly size: number;
  /** Whether it pushes others away on contact. */
  readonly collide: boolean;
}

export interface Agent extends Landmark {
  readonly movable: boolean;
  /** A silent agent sends no messages. */
  readonly silent: boolean;
  readonly mass: number;
  /** Force of a full action. */
  readonly accel: number;
  /** Infinity where there is no limit. */
  readonly maxSpeed: number;
}

/** An agent with MPE's usual properties where none are given. */
export function agent(name: string, properties: Partial<Agent> = {}): Agent {
  const usual = {
    size: 0.05,
    collide: true,
    movable: true,
    silent: true,
    mass: 1,
    accel: 5,
    maxSpeed: Infinity,
  };
  return { ...usual, ...properties, name };
}

/** A landmark of the given radius; it never moves. */
export function landmark(name: string, size: number, collide = false): Landmark {
  return { name, size, collide };
}
