/**
 * EpisodeRows: episodes as rows of numbers, which EpisodeReplay fills and samples from. It knows where everything stands in a
 * row, not which episode is in which.
 *
 * A row is float32 numbers, by slot,
 *   [obs (T + 1) SO | actions T SA | rewards T N | terminals T N | agent mask T N | states],
 * with zeros behind the end of the episode: the agent mask says which steps are filled. `states` are those of the acting policy
 * where sequences start, but for the first one, which starts with zeros. Action masks are kept beside the rows, one byte each,
 * with ones behind the end.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import type { Before, EpisodeBatch } from './batch.ts';
import { Sequences } from './sequences.ts';

export interface SequenceOptions {
  /** L: steps to learn from. */
  readonly length: number;
  /** K: steps in front of them. */
  readonly burnIn: number;
  /** The states of the acting policy, of one environment. */
  readonly states: readonly StateSize[];
}

export interface StateSize {
  readonly name: string;
  /** How many numbers it has. */
  readonly size: number;
}

/** Where an episode's arrays begin in its row. */
export interface EpisodeLayout {
  readonly actions: number;
  readonly rewards: number;
  readonly terminals: number;
  readonly agentMask: number;
  readonly states: number;
  readonly width: number;
}

export class EpisodeRows {
  readonly #so: number;
  readonly #sa: number;
  readonly #n: number;
  /** T */
  readonly steps: number;
  readonly layout: EpisodeLayout;
  /** What is read; whole episodes are sequences too. */
  readonly sequences: Sequences;
  /** The states stored, of sequences that are not whole episodes. */
  readonly states: readonly StateSize[] | undefined;
  readonly values: Float32Array; // [count, layout.width]
  /** Which actions were allowed, with environments that say so. */
  masks: Uint8Array | undefined; // [count, T + 1, SA]
  readonly #count: number;

  constructor(spec: JointSpec, count: number, steps: number, sequences: SequenceOptions | undefined) {
    this.#so = spec.obsTotal;
    this.#sa = spec.actTotal;
    this.#n = spec.agents.length;
    this.steps = steps;
    this.layout = episodeLayout(spec, steps, sequences);
    this.sequences = new Sequences(sequences?.length ?? steps, sequences?.burnIn ?? 0);
    this.states = sequences?.states;
    this.values = new Float32Array(count * this.layout.width);
    this.#count = count;
  }

  /** Action masks in a row. */
  get maskWidth(): number {
    return (this.steps + 1) * this.#sa;
  }

  /** Makes `masks` anew. */
  allowAll(): Uint8Array {
    return (this.masks = new Uint8Array(this.#count * this.maskWidth).fill(1));
  }

  /** Writes what environment e shows, in slot t of a row. */
  observe(
    row: number,
    t: number,
    e: number,
    obs: Float32Array, // [E, SO]
    mask: Readonly<Uint8Array> | undefined, // [E, SA]
  ): void {
    const so = this.#so;
    const sa = this.#sa;
    copy(obs, e * so, so, this.values, row * this.layout.width + t * so);
    if (mask) copy(mask, e * sa, sa, this.masks!, (row * (this.steps + 1) + t) * sa);
  }

  /** Writes what environment e did, in slot t of a row. */
  act(
    row: number,
    t: number,
    e: number,
    actions: Float32Array,
    rewards: Readonly<Float64Array>,
    terminals: Uint8Array,
    agentMask: Uint8Array,
  ): void {
    const { layout } = this;
    const n = this.#n;
    const sa = this.#sa;
    const at = row * layout.width;
    copy(actions, e * sa, sa, this.values, at + layout.actions + t * sa);
    copy(rewards, e * n, n, this.values, at + layout.rewards + t * n);
    copy(terminals, e * n, n, this.values, at + layout.terminals + t * n);
    copy(agentMask, e * n, n, this.values, at + layout.agentMask + t * n);
  }

  /** Takes down the states of environment e in front of step t, if a sequence starts there. */
  keepStates(
    row: number,
    t: number,
    e: number,
    states: readonly { readonly values: Readonly<Float32Array> }[], // [E, size] each
  ): void {
    if (!this.states) return;
    const number = this.sequences.startingAt(t);
    if (number === undefined || number >= this.sequences.countIn(this.steps)) return;
    let at = this.#statesAt(row, number);
    this.states.forEach(({ size }, k) => {
      copy(states[k]!.values, e * size, size, this.values, at);
      at += size;
    });
  }

  /** Where a row has the states of a sequence. */
  #statesAt(row: number, number: number): number {
    const { states, width } = this.layout;
    return row * width + states + (number - 1) * totalOf(this.states!);
  }

  /** Moves an episode to another row. */
  move(from: number, to: number): void {
    moveRow(this.values, from, to, this.layout.width, 0);
    if (this.masks) moveRow(this.masks, from, to, this.maskWidth, 1);
  }

  /** Empties the rows from this one on. */
  clear(first: number): void {
    this.values.fill(0, first * this.layout.width);
    this.masks?.fill(1, first * this.maskWidth);
  }

  /** Writes a sequence of the episode in a row into sample b. */
  read(row: number, number: number, b: number, batch: EpisodeBatch): void {
    this.#readSteps(row, number, b, batch);
    if (batch.before) this.#readBefore(row, number, b, batch.before);
  }

  /** The steps to learn from. */
  #readSteps(row: number, number: number, b: number, batch: EpisodeBatch): void {
    const { actions, rewards, terminals, agentMask } = this.layout;
    const { length, stride } = this.sequences;
    const [n, sa, episode] = [this.#n, this.#sa, this.steps];
    const first = number * stride;
    const place = (start: number, width: number, out: Float32Array): void => {
      this.#place(row, { start, width, slots: episode }, first, length, out, b);
    };
    const observed = { start: 0, width: this.#so, slots: episode + 1 };
    this.#place(row, observed, first, length + 1, batch.obs, b);
    place(actions, sa, batch.actions);
    place(rewards, n, batch.rewards);
    place(terminals, n, batch.terminals);
    place(agentMask, n, batch.agentMask);
    if (!this.masks) return;
    const from = (row * (episode + 1) + first) * sa;
    const count = Math.min(length + 1, episode + 1 - first) * sa;
    const to = b * (length + 1) * sa;
    batch.actionMask!.set(this.masks.subarray(from, from + count), to);
    batch.actionMask!.fill(1, to + count, to + (length + 1) * sa);
  }

  /** What comes before them; zeros where nothing does. */
  #readBefore(row: number, number: number, b: number, before: Before): void {
    const { burnIn, stride } = this.sequences;
    const begins = number === 0;
    let at = begins ? 0 : this.#statesAt(row, number);
    for (const { name, size } of this.states!) {
      const out = before.states[name]!;
      if (begins) out.fill(0, b * size, (b + 1) * size);
      else out.set(this.values.subarray(at, at + size), b * size);
      at += size;
    }
    if (!before.burnIn) return;
    const { obs, actions, present } = before.burnIn;
    present[b] = begins ? 0 : 1;
    const slots = this.steps;
    // An episode has no slots behind its last one: zeros.
    const first = begins ? slots : number * stride - burnIn;
    this.#place(row, { start: 0, width: this.#so, slots }, first, burnIn, obs, b);
    this.#place(row, { start: this.layout.actions, width: this.#sa, slots }, first, burnIn, actions, b);
  }

  /** Writes `count` slots of an array of a row, from slot `first` on, into sample b, and zeros for slots that it lacks. */
  #place(
    row: number,
    { start, width, slots }: Place,
    first: number,
    count: number,
    out: Float32Array,
    b: number,
  ): void {
    const from = row * this.layout.width + start + first * width;
    const there = Math.min(count, slots - first) * width;
    const to = b * count * width;
    out.set(this.values.subarray(from, from + there), to);
    out.fill(0, to + there, to + count * width);
  }

  /** Throws UserError unless the terminals and agent masks of all rows are 0 or 1. */
  requireFlags(where: string): void {
    const { terminals, states, width } = this.layout;
    for (let row = 0; row < this.values.length; row += width)
      for (let k = row + terminals; k < row + states; k++)
        if (this.values[k] !== 0 && this.values[k] !== 1)
          throw new UserError(`${where}: expected terminals and masks of 0 and 1, got ${this.values[k]!}`);
  }
}

/** An array in a row: where it begins, the width of its slots, and how many there are. */
interface Place {
  readonly start: number;
  readonly width: number;
  readonly slots: number;
}

/** Where an episode's arrays begin in its row: see the head of this file. */
export function episodeLayout(
  { obsTotal, actTotal, agents }: JointSpec,
  steps: number,
  sequences?: SequenceOptions,
): EpisodeLayout {
  const n = agents.length;
  const actions = (steps + 1) * obsTotal;
  const rewards = actions + steps * actTotal;
  const states = rewards + 3 * steps * n;
  const starts = sequences ? new Sequences(sequences.length, sequences.burnIn).countIn(steps) - 1 : 0;
  return {
    ...{ actions, rewards, states },
    terminals: rewards + steps * n,
    agentMask: rewards + 2 * steps * n,
    width: states + starts * totalOf(sequences?.states ?? []),
  };
}

/** Numbers in all states. */
export function totalOf(states: readonly StateSize[]): number {
  return states.reduce((sum, { size }) => sum + size, 0);
}

/** Copies `count` numbers. A loop: `set(subarray())` would allocate. */
function copy(
  from: Readonly<ArrayLike<number>>,
  start: number,
  count: number,
  to: Float32Array | Uint8Array,
  at: number,
): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}

/** Moves a row of an array, leaving `rest`. */
function moveRow(
  rows: Float32Array | Uint8Array,
  from: number,
  to: number,
  width: number,
  rest: number,
): void {
  rows.copyWithin(to * width, from * width, (from + 1) * width);
  rows.fill(rest, from * width, (from + 1) * width);
}
