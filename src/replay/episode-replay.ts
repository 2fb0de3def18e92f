/**
 * EpisodeReplay: a ring of the last `capacity` whole episodes, which recurrent networks learn from: episodes, or sequences in
 * them, sampled uniformly with replacement. Filled by rollout step by step, read into the learner's EpisodeBatch. As in XuanCe,
 * one ring holds the episodes of all E environments in the order in which they end.
 *
 * Episodes under way have E rows behind the ring (episode-rows.ts).
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
import type { EpisodeBatch } from './batch.ts';
import { EpisodeRows, totalOf, type SequenceOptions } from './episode-rows.ts';
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

export class EpisodeReplay {
  readonly capacity: number;
  readonly parallels: number;
  readonly steps: number;
  readonly #so: number;
  readonly #sa: number;
  readonly #n: number;
  readonly #rows: EpisodeRows; // [capacity + E]
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
    this.#rows = new EpisodeRows(spec, capacity + parallels, steps, sequences);
    this.#lengths = new Float64Array(parallels);
    this.#steps = new Float64Array(capacity);
    this.#endedAt = new Float64Array(capacity);
    this.#teams = rewards === 'team' ? new TeamRewards(spec) : undefined;
  }

  /** Steps of a sample: those of an episode, or L of a sequence. */
  get sampledSteps(): number {
    return this.#rows.sequences.length;
  }

  /** K: burn-in steps in front of them; undefined if samples are whole episodes. */
  get burnIn(): number | undefined {
    return this.#rows.states && this.#rows.sequences.burnIn;
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
      const row = this.capacity + e;
      if (t === 0) this.#rows.observe(row, 0, e, obs, masks?.before);
      this.#rows.act(row, t, e, actions, earned, terminals, agentMask);
      this.#rows.observe(row, t + 1, e, nextObs, masks?.after);
      this.#lengths[e] = t + 1;
      if (ended[e] === 1) this.#end(e);
    }
  }

  /** Takes down the states [E, .] in which the policy is about to act, where sequences start. To be called before store(). */
  keepStates(states: readonly { readonly values: Readonly<Float32Array> }[]): void {
    for (let e = 0; e < this.parallels; e++)
      this.#rows.keepStates(this.capacity + e, this.#lengths[e]!, e, states);
  }

  /** Moves the episode of environment e into the ring. */
  #end(e: number): void {
    const cursor = this.#cursor;
    this.#rows.move(this.capacity + e, cursor);
    this.#steps[cursor] = this.#lengths[e]!;
    this.#lengths[e] = 0;
    this.#endedAt[cursor] = this.#stored;
    this.#episodes += 1;
  }

  #expectMasks(masks: StepMasks | undefined): void {
    if (masks && this.#stored === 0 && !this.hasActionMasks) this.#rows.allowAll();
    if ((masks === undefined) === this.hasActionMasks)
      throw new RangeError(
        `EpisodeReplay.store: expected ${masks ? 'no action masks' : 'action masks'}, as in the steps before`,
      );
  }

  /** Whether episodes come with action masks. */
  get hasActionMasks(): boolean {
    return this.#rows.masks !== undefined;
  }

  /** Size of snapshot() when full, in bytes, without action masks. */
  get fullBytes(): number {
    const { values, states } = this.#rows;
    return values.byteLength + this.#endedAt.byteLength + (states ? this.#steps.byteLength : 0);
  }

  /** Drops the episodes under way: what is stored next belongs to other ones. */
  endEpisodes(): void {
    this.#rows.clear(this.capacity);
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
      this.#rows.read(row, number, b, batch);
    }
  }

  /** One of all sequences that are stored: its row, and its number in the episode. */
  #draw(stream: IndexStream): { row: number; number: number } {
    const { sequences } = this.#rows;
    const most = sequences.countIn(this.steps);
    for (;;) {
      const drawn = stream.below(this.size * most);
      const [row, number] = [Math.floor(drawn / most), drawn % most];
      // Shorter episodes have fewer.
      if (number < sequences.countIn(this.#steps[row]!)) return { row, number };
    }
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
    const { values, masks, maskWidth, states } = this.#rows;
    const { width } = this.#rows.layout;
    return sectionPieces({
      layout: Float64Array.from(this.#dimensions.map(([, own]) => own)),
      counts: Float64Array.of(this.#episodes, this.#stored),
      rows: values.subarray(0, size * width),
      'ended at': this.#endedAt.subarray(0, size),
      ...(states && { steps: this.#steps.subarray(0, size) }),
      'rows under way': values.subarray(capacity * width),
      lengths: this.#lengths,
      ...(masks && {
        'action masks': masks.subarray(0, size * maskWidth),
        'action masks under way': masks.subarray(capacity * maskWidth),
      }),
    });
  }

  /** What a snapshot must agree in. */
  get #dimensions(): readonly (readonly [name: string, own: number])[] {
    const { sequences, states } = this.#rows;
    return [
      ['buffer_size', this.capacity],
      ['parallels', this.parallels],
      ['episode_length', this.steps],
      ['joint observation width', this.#so],
      ['joint action width', this.#sa],
      ['agents', this.#n],
      ...(states
        ? ([
            ['sequence_length', sequences.length],
            ['burn_in', sequences.burnIn],
            ['numbers of states', totalOf(states)],
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
    const { values, states } = this.#rows;
    const { width } = this.#rows.layout;
    values.set(sections.get('rows', Float32Array, size * width, FINITE));
    const underWay = sections.get('rows under way', Float32Array, this.parallels * width, FINITE);
    values.set(underWay, this.capacity * width);
    this.#endedAt.set(sections.get('ended at', Float64Array, size, below(stored! + 1)));
    if (states) this.#steps.set(sections.get('steps', Float64Array, size, below(this.steps + 1)));
    else this.#steps.fill(this.steps);
    this.#lengths.set(sections.get('lengths', Float64Array, this.parallels, below(this.steps)));
    this.#restoreMasks(sections, size);
    this.#episodes = episodes!;
    this.#stored = stored!;
    this.#rows.requireFlags(where);
  }

  #restoreMasks(sections: Sections, size: number): void {
    this.#rows.masks = undefined;
    if (!sections.names.includes('action masks')) return;
    const width = this.#rows.maskWidth;
    const masks = this.#rows.allowAll();
    masks.set(sections.get('action masks', Uint8Array, size * width, FLAGS));
    const underWay = sections.get('action masks under way', Uint8Array, this.parallels * width, FLAGS);
    masks.set(underWay, this.capacity * width);
  }

  /** Throws UserError unless the replay is as `step` environment steps leave it. `where` names its file. */
  requireSteps(step: number, where: string): void {
    if (this.#stored === step) return;
    throw new UserError(
      `${where}: expected the episodes of ${step} steps, got those of ${this.#stored}; it is of another checkpoint`,
    );
  }
}
