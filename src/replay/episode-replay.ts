/**
 * EpisodeReplay: a ring of the last `capacity` whole episodes, which recurrent networks learn from: episodes, or sequences in
 * them, sampled uniformly with replacement. Filled by rollout step by step, read into the learner's EpisodeBatch. As in XuanCe,
 * one ring holds the episodes of all E environments in the order in which they end.
 *
 * An episode is one row of float32 numbers, by slot,
 *   [obs (T + 1) SO | actions T SA | rewards T N | terminals T N | agent mask T N | states],
 * with zeros behind its end: the agent mask says which steps are filled. `states` are those of the acting policy where
 * sequences start, but for the first one, which starts with zeros. Episodes under way have E rows behind the ring. Action masks
 * are kept beside them, one byte each, with ones behind the end.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { IndexStream } from '../core/random.ts';
import {
  below,
  COUNTS,
  decodeSections,
  FINITE,
  FLAGS,
  sectionPieces,
  type Sections,
} from '../core/sections.ts';
import { UserError } from '../core/user-error.ts';
import type { StepMasks } from './action-mask-rows.ts';
import type { Before, EpisodeBatch } from './batch.ts';
import { Sequences } from './sequences.ts';
import { TeamRewards } from './team-rewards.ts';

export interface EpisodeReplayOptions {
  /** Episodes kept, over all environments. */
  readonly capacity: number;
  /** E */
  readonly parallels: number;
  /** T: most steps of an episode. */
  readonly steps: number;
  /** Whether the rewards kept are the agents' own or their teams' means. Default agent. */
  readonly rewards?: 'agent' | 'team';
  /** What is sampled. Default: whole episodes. */
  readonly sequences?: SequenceOptions | undefined;
}

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

export class EpisodeReplay {
  readonly capacity: number;
  readonly parallels: number;
  readonly steps: number;
  readonly #so: number;
  readonly #sa: number;
  readonly #n: number;
  /** What is sampled; whole episodes are sequences too. */
  readonly #sequences: Sequences;
  /** The states stored, of sequences that are not whole episodes. */
  readonly #states: readonly StateSize[] | undefined;
  readonly #layout: EpisodeLayout;
  readonly #rows: Float32Array; // [capacity + E, layout.width]
  /** Which actions were allowed, [capacity + E, T + 1, SA], with environments that say so. */
  #masks: Uint8Array | undefined;
  /** Steps of the episodes under way, [E]. */
  readonly #lengths: Float64Array;
  /** Steps of the episodes in the ring, [capacity]. */
  readonly #steps: Float64Array;
  /** Steps stored when each episode had ended, [capacity]. */
  readonly #endedAt: Float64Array;
  readonly #teams: TeamRewards | undefined;
  /** Episodes that have ended so far, and steps stored, over all environments. */
  #episodes = 0;
  #stored = 0;
  /** Samples since the last takeMeanAge(): their number, and the steps stored since each. */
  #drawn = 0;
  #ages = 0;

  constructor(spec: JointSpec, { capacity, parallels, steps, rewards, sequences }: EpisodeReplayOptions) {
    if (![capacity, parallels, steps].every((count) => Number.isSafeInteger(count) && count > 0))
      throw new RangeError(
        `EpisodeReplay: expected capacity, parallels and steps above 0, got ${capacity}, ${parallels} and ${steps}`,
      );
    this.capacity = capacity;
    this.parallels = parallels;
    this.steps = steps;
    this.#so = spec.obsTotal;
    this.#sa = spec.actTotal;
    this.#n = spec.agents.length;
    this.#sequences = new Sequences(sequences?.length ?? steps, sequences?.burnIn ?? 0);
    this.#states = sequences?.states;
    this.#layout = episodeLayout(spec, steps, sequences);
    this.#rows = new Float32Array((capacity + parallels) * this.#layout.width);
    this.#lengths = new Float64Array(parallels);
    this.#steps = new Float64Array(capacity);
    this.#endedAt = new Float64Array(capacity);
    this.#teams = rewards === 'team' ? new TeamRewards(spec, parallels) : undefined;
  }

  /** Steps of a sample: those of an episode, or L of a sequence. */
  get sampledSteps(): number {
    return this.#sequences.length;
  }

  /** K: burn-in steps in front of them; undefined if samples are whole episodes. */
  get burnIn(): number | undefined {
    return this.#states && this.#sequences.burnIn;
  }

  /** Episodes present. */
  get size(): number {
    return Math.min(this.#episodes, this.capacity);
  }

  /** Episodes that have ended so far, present or not. */
  get episodes(): number {
    return this.#episodes;
  }

  /** The row that the next episode goes to. */
  get #cursor(): number {
    return this.#episodes % this.capacity;
  }

  /** Appends one step of every environment to its episode. Throws UserError if one is longer than T. Rewards become float32. */
  store(
    obs: Float32Array, // [E, SO]
    actions: Float32Array, // [E, SA]
    rewards: Float64Array, // [E, N]
    nextObs: Float32Array, // [E, SO]
    terminals: Uint8Array, // [E, N]
    agentMask: Uint8Array, // [E, N]
    ended: Uint8Array, // [E]
    masks?: StepMasks, // from the first step on, or never
  ): void {
    this.#expectMasks(masks);
    const earned = this.#teams?.means(rewards) ?? rewards;
    this.#stored += this.parallels;
    for (let e = 0; e < this.parallels; e++) {
      const t = this.#lengths[e]!;
      if (t === this.steps)
        throw new UserError(
          `episode_length: expected episodes of at most ${this.steps} steps, got a longer one; raise it`,
        );
      if (t === 0) this.#observe(e, 0, obs, masks?.before);
      this.#act(e, t, actions, earned, terminals, agentMask);
      this.#observe(e, t + 1, nextObs, masks?.after);
      this.#lengths[e] = t + 1;
      if (ended[e] === 1) this.#end(e);
    }
  }

  /** Takes down the states [E, .] in which the policy is about to act, where sequences start. To be called before store(). */
  keepStates(states: readonly { readonly values: Readonly<Float32Array> }[]): void {
    if (!this.#states) return;
    for (let e = 0; e < this.parallels; e++) {
      const number = this.#sequences.startingAt(this.#lengths[e]!);
      if (number === undefined || number >= this.#sequences.countIn(this.steps)) continue;
      let at = this.#statesAt(this.capacity + e, number);
      this.#states.forEach(({ size }, k) => {
        copy(states[k]!.values, e * size, size, this.#rows, at);
        at += size;
      });
    }
  }

  /** Where a row has the states of a sequence. */
  #statesAt(row: number, number: number): number {
    const { states, width } = this.#layout;
    return row * width + states + (number - 1) * totalOf(this.#states!);
  }

  /** Writes what environment e shows in slot t. */
  #observe(e: number, t: number, obs: Float32Array, mask: Readonly<Uint8Array> | undefined): void {
    const so = this.#so;
    const sa = this.#sa;
    const row = this.capacity + e;
    copy(obs, e * so, so, this.#rows, row * this.#layout.width + t * so);
    if (mask) copy(mask, e * sa, sa, this.#masks!, (row * (this.steps + 1) + t) * sa);
  }

  /** Writes what environment e did in slot t. */
  #act(
    e: number,
    t: number,
    actions: Float32Array,
    rewards: Readonly<Float64Array>,
    terminals: Uint8Array,
    agentMask: Uint8Array,
  ): void {
    const layout = this.#layout;
    const n = this.#n;
    const sa = this.#sa;
    const row = (this.capacity + e) * layout.width;
    copy(actions, e * sa, sa, this.#rows, row + layout.actions + t * sa);
    copy(rewards, e * n, n, this.#rows, row + layout.rewards + t * n);
    copy(terminals, e * n, n, this.#rows, row + layout.terminals + t * n);
    copy(agentMask, e * n, n, this.#rows, row + layout.agentMask + t * n);
  }

  /** Moves the episode of environment e into the ring. */
  #end(e: number): void {
    const cursor = this.#cursor;
    moveRow(this.#rows, this.capacity + e, cursor, this.#layout.width, 0);
    if (this.#masks) moveRow(this.#masks, this.capacity + e, cursor, (this.steps + 1) * this.#sa, 1);
    this.#steps[cursor] = this.#lengths[e]!;
    this.#lengths[e] = 0;
    this.#endedAt[cursor] = this.#stored;
    this.#episodes += 1;
  }

  #expectMasks(masks: StepMasks | undefined): void {
    const all = (this.capacity + this.parallels) * (this.steps + 1) * this.#sa;
    if (masks && this.#stored === 0) this.#masks ??= new Uint8Array(all).fill(1);
    if ((masks === undefined) !== (this.#masks === undefined))
      throw new RangeError(
        `EpisodeReplay.store: expected ${masks ? 'no action masks' : 'action masks'}, as in the steps before`,
      );
  }

  /** Whether episodes come with action masks. */
  get hasActionMasks(): boolean {
    return this.#masks !== undefined;
  }

  /** Size of snapshot() when full, in bytes, without action masks. */
  get fullBytes(): number {
    return this.#rows.byteLength + this.#endedAt.byteLength + (this.#states ? this.#steps.byteLength : 0);
  }

  /** Drops the episodes under way: what is stored next belongs to other ones. */
  endEpisodes(): void {
    this.#rows.fill(0, this.capacity * this.#layout.width);
    this.#masks?.fill(1, this.capacity * (this.steps + 1) * this.#sa);
    this.#lengths.fill(0);
  }

  /** Fills `batch` with episodes, or sequences in them, drawn by `stream.below()`. */
  sample(stream: IndexStream, batch: EpisodeBatch): void {
    if (this.size === 0) throw new RangeError('EpisodeReplay.sample: expected stored episodes, got none');
    if (batch.steps !== this.sampledSteps)
      throw new RangeError(`EpisodeReplay.sample: expected ${this.sampledSteps} steps, got ${batch.steps}`);
    for (let b = 0; b < batch.size; b++) {
      const { row, number } = this.#draw(stream);
      this.#drawn += 1;
      this.#ages += this.#stored - this.#endedAt[row]!;
      this.#gather(row, number, b, batch);
      if (batch.before) this.#gatherBefore(row, number, b, batch.before);
    }
  }

  /** One of all sequences that are stored: its row, and its number in the episode. */
  #draw(stream: IndexStream): { row: number; number: number } {
    const most = this.#sequences.countIn(this.steps);
    for (;;) {
      const drawn = stream.below(this.size * most);
      const [row, number] = [Math.floor(drawn / most), drawn % most];
      // Shorter episodes have fewer.
      if (number < this.#sequences.countIn(this.#steps[row]!)) return { row, number };
    }
  }

  /** Writes the learned steps of a sequence into sample b. */
  #gather(row: number, number: number, b: number, batch: EpisodeBatch): void {
    const { actions, rewards, terminals, agentMask } = this.#layout;
    const { length, stride } = this.#sequences;
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
    if (!this.#masks) return;
    const from = (row * (episode + 1) + first) * sa;
    const count = Math.min(length + 1, episode + 1 - first) * sa;
    const to = b * (length + 1) * sa;
    batch.actionMask!.set(this.#masks.subarray(from, from + count), to);
    batch.actionMask!.fill(1, to + count, to + (length + 1) * sa);
  }

  /** Writes what comes before a sequence into sample b; zeros where nothing does. */
  #gatherBefore(row: number, number: number, b: number, before: Before): void {
    const { burnIn, stride } = this.#sequences;
    const begins = number === 0;
    let at = begins ? 0 : this.#statesAt(row, number);
    for (const { name, size } of this.#states!) {
      const out = before.states[name]!;
      if (begins) out.fill(0, b * size, (b + 1) * size);
      else out.set(this.#rows.subarray(at, at + size), b * size);
      at += size;
    }
    if (!before.burnIn) return;
    const { obs, actions, present } = before.burnIn;
    present[b] = begins ? 0 : 1;
    const first = begins ? this.steps : number * stride - burnIn;
    const slots = this.steps;
    this.#place(row, { start: 0, width: this.#so, slots }, first, burnIn, obs, b);
    this.#place(row, { start: this.#layout.actions, width: this.#sa, slots }, first, burnIn, actions, b);
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
    const from = row * this.#layout.width + start + first * width;
    const there = Math.min(count, slots - first) * width;
    const to = b * count * width;
    out.set(this.#rows.subarray(from, from + there), to);
    out.fill(0, to + there, to + count * width);
  }

  /** Mean age of the samples drawn since the last call, in steps stored after they ended; NaN if there are none. */
  takeMeanAge(): number {
    const mean = this.#ages / this.#drawn;
    this.#drawn = 0;
    this.#ages = 0;
    return mean;
  }

  /**
   * The episodes present and under way, as pieces of a file (sectionPieces): restore() of it continues bit for bit. Not a
   * copy: write it before the next store().
   */
  snapshot(): Uint8Array[] {
    const { size, capacity } = this;
    const { width } = this.#layout;
    const maskWidth = (this.steps + 1) * this.#sa;
    return sectionPieces({
      layout: Float64Array.from(this.#dimensions.map(([, own]) => own)),
      counts: Float64Array.of(this.#episodes, this.#stored),
      rows: this.#rows.subarray(0, size * width),
      'ended at': this.#endedAt.subarray(0, size),
      ...(this.#states && { steps: this.#steps.subarray(0, size) }),
      'rows under way': this.#rows.subarray(capacity * width),
      lengths: this.#lengths,
      ...(this.#masks && {
        'action masks': this.#masks.subarray(0, size * maskWidth),
        'action masks under way': this.#masks.subarray(capacity * maskWidth),
      }),
    });
  }

  /** What a snapshot must agree in. */
  get #dimensions(): readonly (readonly [name: string, own: number])[] {
    return [
      ['buffer_size', this.capacity],
      ['parallels', this.parallels],
      ['episode_length', this.steps],
      ['joint observation width', this.#so],
      ['joint action width', this.#sa],
      ['agents', this.#n],
      ...(this.#states
        ? ([
            ['sequence_length', this.#sequences.length],
            ['burn_in', this.#sequences.burnIn],
            ['numbers of states', totalOf(this.#states)],
          ] as const)
        : []),
    ];
  }

  /** Takes over a snapshot of a replay of the same layout; throws UserError if it is another's or damaged. */
  restore(bytes: Uint8Array, where = 'replay.bin'): void {
    const sections = decodeSections(bytes, where);
    const dimensions = this.#dimensions;
    const layout = sections.get('layout', Float64Array, dimensions.length);
    dimensions.forEach(([name, own], i) => {
      if (layout[i] !== own)
        throw new UserError(
          `${where}: expected ${name} ${own}, got ${layout[i]!}; resume with the settings of the run`,
        );
    });
    const [episodes, stored] = sections.get('counts', Float64Array, 2, COUNTS);
    const size = Math.min(episodes!, this.capacity);
    const { width } = this.#layout;
    this.#rows.set(sections.get('rows', Float32Array, size * width, FINITE));
    const underWay = sections.get('rows under way', Float32Array, this.parallels * width, FINITE);
    this.#rows.set(underWay, this.capacity * width);
    this.#endedAt.set(sections.get('ended at', Float64Array, size, below(stored! + 1)));
    if (this.#states) this.#steps.set(sections.get('steps', Float64Array, size, below(this.steps + 1)));
    else this.#steps.fill(this.steps);
    this.#lengths.set(sections.get('lengths', Float64Array, this.parallels, below(this.steps)));
    this.#restoreMasks(sections, size);
    this.#episodes = episodes!;
    this.#stored = stored!;
    this.#requireFlags(where);
  }

  #restoreMasks(sections: Sections, size: number): void {
    this.#masks = undefined;
    if (!sections.names.includes('action masks')) return;
    const width = (this.steps + 1) * this.#sa;
    this.#masks = new Uint8Array((this.capacity + this.parallels) * width);
    this.#masks.set(sections.get('action masks', Uint8Array, size * width, FLAGS));
    const underWay = sections.get('action masks under way', Uint8Array, this.parallels * width, FLAGS);
    this.#masks.set(underWay, this.capacity * width);
  }

  /** Throws UserError unless the terminals and agent masks of all rows are 0 or 1. */
  #requireFlags(where: string): void {
    const { terminals, states, width } = this.#layout;
    for (let row = 0; row < this.#rows.length; row += width)
      for (let k = row + terminals; k < row + states; k++)
        if (this.#rows[k] !== 0 && this.#rows[k] !== 1)
          throw new UserError(`${where}: expected terminals and masks of 0 and 1, got ${this.#rows[k]!}`);
  }

  /** Throws UserError unless the replay is as `step` environment steps leave it. `where` names its file. */
  requireSteps(step: number, where: string): void {
    if (this.#stored === step) return;
    throw new UserError(
      `${where}: expected the episodes of ${step} steps, got those of ${this.#stored}; it is of another checkpoint`,
    );
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

function totalOf(states: readonly StateSize[]): number {
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
