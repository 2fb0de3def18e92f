/**
 * PettingZooVectorEnv: VectorEnv over environments in a Python process. Auto-reset and masking also happen in Python
 * (server.py), so one step of all environments is a single round trip.
 */
import type { JointSpec } from '../../core/joint-spec.ts';
import { decodeSections, encodeSections } from '../../core/sections.ts';
import { EnvironmentFailure, faultLine } from '../errors.ts';
import { NewEpisodes } from '../new-episodes.ts';
import { VectorBuffers } from '../vector-buffers.ts';
import type { VectorEnv } from '../vector-env.ts';

/** Sends a request to Python; `doing` completes an error message: `in step()`. */
export type Ask = (request: Uint8Array, doing: string) => Uint8Array;

/** Offset of the arrays in a frame. */
const START = 8;

export class PettingZooVectorEnv extends VectorBuffers implements VectorEnv {
  /** The state of a Python environment cannot be saved. */
  readonly resumable = false;
  readonly #module: string;
  readonly #ask: Ask;
  readonly #step: Uint8Array;
  readonly #actions: Float32Array; // [E, SA], a view of #step
  readonly #reset: Uint8Array;
  readonly #newEpisodes: NewEpisodes;

  /** @param handle identifies these environments in Python */
  constructor(name: string, module: string, spec: JointSpec, count: number, handle: number, ask: Ask) {
    super(name, spec, count);
    this.#module = module;
    this.#ask = ask;
    this.#step = requestOf('S', handle, 4 * count * spec.actTotal);
    this.#actions = new Float32Array(this.#step.buffer, START);
    this.#reset = requestOf('R', handle, 8 * count);
    this.#newEpisodes = new NewEpisodes(count);
  }

  reset(seeds: readonly number[]): void {
    this.expectSeeds(seeds);
    this.#newEpisodes.reset(seeds);
    new Float64Array(this.#reset.buffer, START).set(seeds);
    this.#read(this.#ask(this.#reset, 'in reset()'));
    this.watcher?.begun();
  }

  step(actions: Float32Array): void {
    this.expectActions(actions);
    this.#actions.set(actions);
    this.#read(this.#ask(this.#step, 'in step()'));
    this.#newEpisodes.count(this.ended);
    this.watcher?.stepped();
    if (this.ended[0] === 1) this.watcher?.begun();
  }

  snapshot(): Uint8Array {
    return encodeSections(this.#newEpisodes.sections());
  }

  restore(bytes: Uint8Array): void {
    this.#newEpisodes.restore(decodeSections(bytes, 'snapshot'));
    this.reset(this.#newEpisodes.seeds());
  }

  /** Copies a reply of server.py; a longer one has action masks. @throws EnvironmentFailure if rewards or observations are not finite */
  #read({ buffer }: Uint8Array): void {
    const rewards = new Float64Array(buffer, START, this.rewards.length);
    this.#requireNumbers('rewards', rewards, 1);
    const observed = new Float32Array(buffer, START + rewards.byteLength, 2 * this.obs.length); // nextObs, obs
    this.#requireNumbers('observations', observed, 0);
    let at = START;
    for (const array of [this.rewards, this.nextObs, this.obs, this.terminals, this.agentMask, this.ended]) {
      const from = new Uint8Array(buffer, at, array.byteLength);
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(from);
      at += array.byteLength;
    }
    if (at === buffer.byteLength) return; // without action masks
    const { actionMask, nextActionMask } = this.actionMasks();
    nextActionMask.set(new Uint8Array(buffer, at, nextActionMask.length));
    actionMask.set(new Uint8Array(buffer, at + nextActionMask.length, actionMask.length));
  }

  /** @param width columns per agent; 0: as wide as its observation */
  #requireNumbers(what: string, array: Float32Array | Float64Array, width: 0 | 1): void {
    for (let k = 0; k < array.length; k++) {
      if (Number.isFinite(array[k])) continue;
      const { agents, obsOffsets, obsTotal } = this.spec;
      const column = k % (width === 1 ? agents.length : obsTotal);
      const agent = width === 1 ? column : obsOffsets.findLastIndex((offset) => offset <= column);
      const where = `${this.#module}: ${what}.${agents[agent]!.name}`;
      throw new EnvironmentFailure(faultLine(where, 'finite numbers', array[k]));
    }
  }
}

function requestOf(letter: string, handle: number, bytes: number): Uint8Array {
  const request = new Uint8Array(START + bytes);
  request[0] = letter.charCodeAt(0);
  new DataView(request.buffer).setUint32(4, handle, true);
  return request;
}
