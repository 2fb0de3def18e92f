/** The bodies of a particle world, agents and landmarks, as a scenario declares them. */

/** Also the properties that agents share. Lengths are in world units; the arena is about 2 wide. */
export interface Landmark {
  readonly name: string;
  /** Radius. */
  readonly size: number;
  /** Whether it pushes other colliding bodies apart on contact. */
  readonly collide: boolean;
}

export interface Agent extends Landmark {
  readonly movable: boolean;
  /** A silent agent sends no messages. */
  readonly silent: boolean;
  readonly mass: number;
  /** Force of a full-strength action. */
  readonly accel: number;
  /** Infinity for no limit. */
  readonly maxSpeed: number;
}

/** An agent with MPE's default properties, overridden by `properties`. */
export function agent(name: string, properties: Partial<Agent> = {}): Agent {
  const defaults = {
    size: 0.05,
    collide: true,
    movable: true,
    silent: true,
    mass: 1,
    accel: 5,
    maxSpeed: Infinity,
  };
  return { ...defaults, ...properties, name };
}

export function landmark(name: string, size: number, collide = false): Landmark {
  return { name, size, collide };
}
