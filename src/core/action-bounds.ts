/**
 * ActionBounds: the action spaces of all agents over the columns of a joint action [E, SA]. Clips actions to their
 * bounds and draws uniform ones. Discrete actions are one-hot rows.
 */
import type { AgentSpec, JointSpec } from './joint-spec.ts';

/** A source of uniform numbers in [0, 1). */
export interface UniformStream {
  double(): number;
}

export class ActionBounds {
  readonly #agents: readonly AgentSpec[];
  /** Bounds of each column, [SA]. */
  readonly low: Float64Array;
  readonly high: Float64Array;

  constructor({ agents }: JointSpec) {
    this.#agents = agents;
    this.low = Float64Array.from(perColumn(agents, ({ actionLow }) => actionLow));
    this.high = Float64Array.from(perColumn(agents, ({ actionHigh }) => actionHigh));
  }

  /** Clips joint actions [E, SA] in place. */
  clip(actions: Float32Array): void {
    const columns = this.low.length;
    for (let k = 0; k < actions.length; k++)
      actions[k] = Math.max(this.low[k % columns]!, Math.min(this.high[k % columns]!, actions[k]!));
  }

  /** Fills joint actions [E, SA] with uniform draws, of Discrete ones among those that `mask` [E, SA] allows. */
  fillUniform(actions: Float32Array, stream: UniformStream, mask?: Readonly<Uint8Array>): void {
    for (let at = 0; at < actions.length;)
      for (const agent of this.#agents) {
        drawUniform(actions, at, agent, stream, mask);
        at += agent.actWidth;
      }
  }
}

/** One value for each column of a joint action, [SA]. */
export function perColumn<T>(agents: readonly AgentSpec[], of: (agent: AgentSpec) => T): T[] {
  return agents.flatMap((agent) => new Array<T>(agent.actWidth).fill(of(agent)));
}

function drawUniform(
  actions: Float32Array,
  at: number,
  agent: AgentSpec,
  stream: UniformStream,
  mask: Readonly<Uint8Array> | undefined,
): void {
  const { actWidth, actionKind, actionLow, actionHigh } = agent;
  if (actionKind === 'discrete') {
    actions.fill(0, at, at + actWidth);
    actions[at + (mask ? drawAllowed(mask, at, actWidth, stream) : Math.floor(stream.double() * actWidth))] =
      1;
  } else {
    for (let k = 0; k < actWidth; k++)
      actions[at + k] = actionLow + (actionHigh - actionLow) * stream.double();
  }
}

/** One of the allowed choices among `width` from `at`, each as likely, counted from `at`. */
function drawAllowed(mask: Readonly<Uint8Array>, at: number, width: number, stream: UniformStream): number {
  let allowed = 0;
  for (let k = 0; k < width; k++) allowed += mask[at + k]!;
  let rank = Math.floor(stream.double() * allowed);
  let k = 0;
  while (mask[at + k] === 0 || rank-- > 0) k++;
  return k;
}
