/** Recorder: takes down what an actor does in an environment, while evaluation plays. It changes nothing. */
import type { JointSpec } from '../core/joint-spec.ts';
import type { Drawing, Shape } from '../envs/drawing.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Actor } from '../evaluate/actors.ts';
import type { Episode, Frame, Look, Recording, Step } from './recording.ts';

/** Values [N] of a joint observation and action, null without a critic. */
export interface Values {
  (obs: Float32Array, actions: Float32Array): (number | null)[];
  /** Called where an episode begins, for critics that remember it. */
  beginEpisode?: () => void;
}

interface Running {
  readonly looks: Look[];
  readonly indexOf: Map<string, number>;
  readonly frames: Frame[];
  readonly steps: Step[];
}

export class Recorder {
  /** Plays as the actor given; evaluate this one. */
  readonly actor: Actor;
  readonly #env: VectorEnv;
  readonly #seed: number;
  readonly #episodes: Episode[] = [];
  #running: Running | undefined;
  #taken: Omit<Step, 'rewards'> | undefined;

  /** `env` has count 1 and is reset with `seed`. */
  constructor(env: VectorEnv, actor: Actor, seed: number, values?: Values) {
    this.#env = env;
    this.#seed = seed;
    const { spec } = env;
    const recorded: Actor = (obs, actions, mask) => {
      actor(obs, actions, mask);
      this.#taken = {
        actions: actionsOf(spec, actions),
        values: values?.(obs, actions) ?? spec.agents.map(() => null),
        ...(this.#running?.looks.length === 0 && { observations: observationsOf(spec, obs) }),
      };
    };
    this.actor = Object.assign(recorded, actor.beginEpisode && { beginEpisode: actor.beginEpisode });
    env.watch({
      begun: () => {
        values?.beginEpisode?.();
        this.#running = { looks: [], indexOf: new Map(), frames: [], steps: [] };
        this.#look(this.#running);
      },
      stepped: () => {
        const running = this.#running!;
        running.steps.push({ ...this.#taken!, rewards: [...env.rewards] });
        this.#look(running);
        if (env.ended[0] === 1) this.#end(running);
      },
    });
  }

  /** The complete episodes. */
  get episodes(): readonly Episode[] {
    return this.#episodes;
  }

  /** The episode so far, which grows with every step; undefined before the first. */
  get running(): Episode | undefined {
    return this.#running && { seed: this.#seed, index: this.#episodes.length, ...this.#running };
  }

  /** Takes the last frame again: a hand has moved something since the last step. */
  retake(): void {
    this.#running?.frames.pop();
    if (this.#running) this.#look(this.#running);
  }

  #end({ looks, frames, steps }: Running): void {
    this.#episodes.push({ seed: this.#seed, index: this.#episodes.length, looks, frames, steps });
  }

  #look(running: Running): void {
    const drawing = this.#env.draw?.();
    running.frames.push(drawing ? frameOf(running, drawing, this.#env.spec) : { shapes: [] });
  }
}

/** A recording of these episodes. */
export function recordingOf(
  { name, spec }: Pick<VectorEnv, 'name' | 'spec'>,
  policy: string,
  episodes: readonly Episode[],
): Recording {
  const agents = spec.agents.map((agent) => ({ name: agent.name, team: agent.team }));
  return { version: 1, env: name, policy, agents, episodes };
}

function frameOf({ looks, indexOf }: Running, { shapes, says }: Drawing, { agents }: JointSpec): Frame {
  const placed = shapes.map((shape) => {
    const [look, place] = apart(shape);
    const key = JSON.stringify(look);
    const known = indexOf.get(key);
    if (known !== undefined) return [known, ...place];
    indexOf.set(key, looks.length);
    looks.push(look);
    return [looks.length - 1, ...place];
  });
  return { shapes: placed, ...(says && { says: agents.map(({ name }) => says[name] ?? null) }) };
}

/** A shape's look and its place. */
function apart(shape: Shape): [Look, number[]] {
  if (shape.kind === 'line') {
    const { x1, y1, x2, y2, ...look } = shape;
    return [look, [x1, y1, x2, y2]];
  }
  const { x, y, ...look } = shape;
  return [look, [x, y]];
}

function actionsOf({ agents, actOffsets }: JointSpec, actions: Float32Array): Step['actions'] {
  return agents.map(({ actWidth, actionKind }, i) => {
    const own = actions.subarray(actOffsets[i], actOffsets[i]! + actWidth);
    return actionKind === 'discrete' ? own.indexOf(Math.max(...own)) : Array.from(own, rounded);
  });
}

function observationsOf({ agents, obsOffsets }: JointSpec, obs: Float32Array): number[][] {
  return agents.map(({ obsWidth }, i) =>
    Array.from(obs.subarray(obsOffsets[i], obsOffsets[i]! + obsWidth), rounded),
  );
}

/** Six digits: what a float32 has, nearly. */
function rounded(x: number): number {
  return Number(x.toPrecision(6));
}
