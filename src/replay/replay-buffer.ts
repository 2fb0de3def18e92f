/**
 * ReplayBuffer: a ring of the last `capacity` transitions of E environments, sampled uniformly with
 * replacement. The caller's random stream chooses the rows. Filled by rollout, read into the learner's Batch.
 *
 * A transition is one row of float32 numbers,
 *   [obs SO | actions SA | next obs SO | rewards N | terminals N | agent mask N | episode ended 1],
 * so that reading a random row touches one contiguous stretch of memory. Row t*E + e (mod capacity) is step t of
 * environment e: the next transition of the same environment lies E rows further (n-step.ts).
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { IndexStream } from '../core/random.ts';
import type { Ensemble, PlayedBy } from '../ensemble/ensemble.ts';
import {
  decodeSections,
  FINITE,
  FLAGS,
  sectionPieces,
  type SectionData,
  type Sections,
} from '../core/sections.ts';
import { UserError } from '../core/user-error.ts';
import { ActionMaskRows, type StepMasks } from './action-mask-rows.ts';
import type { Batch } from './batch.ts';
import { RowViews } from './row-views.ts';
import { NStepReturns, rowAfter, type NStep, type RowLayout } from './n-step.ts';
import { TeamRewards } from './team-rewards.ts';
import { Players } from '../ensemble/players.ts';

export interface ReplayOptions {
  /** Transitions kept, over all environments; a multiple of `parallels`. */
  readonly capacity: number;
  /** E */
  readonly parallels: number;
  /** Left out: each transition as it was stored, and the discounts of a batch stay as they are. */
  readonly nStep?: NStep;
  /** Whether the rewards kept are the agents' own or their teams' means. Default agent. */
  readonly rewards?: 'agent' | 'team';
  /** Where transitions are kept with who played them. */
  readonly ensemble?: Ensemble | undefined;
}

const NOBODY = new Uint8Array(0);

export class ReplayBuffer {
  readonly capacity: number;
  readonly parallels: number;
  readonly rows: Float32Array; // [capacity, layout.width]
  readonly layout: RowLayout;
  readonly #so: number;
  readonly #sa: number;
  readonly #n: number;
  readonly #returns: NStepReturns | undefined;
  readonly #teams: TeamRewards | undefined;
  readonly #players: Players | undefined;
  readonly #obs: RowViews;
  readonly #actions: RowViews;
  readonly #nextObs: RowViews;
  #masks: ActionMaskRows | undefined;
  #cursor = 0;
  #size = 0;
  /** Samples since the last takeMeanAge(): their number, and the steps stored since each. */
  #drawn = 0;
  #ages = 0;

  constructor(spec: JointSpec, { capacity, parallels, nStep, rewards, ensemble }: ReplayOptions) {
    const valid =
      Number.isSafeInteger(capacity) && capacity > 0 && parallels > 0 && capacity % parallels === 0;
    if (!valid) {
      throw new RangeError(
        `ReplayBuffer: expected capacity as a multiple of parallels (${parallels}), got ${capacity}`,
      );
    }
    this.capacity = capacity;
    this.parallels = parallels;
    this.#so = spec.obsTotal;
    this.#sa = spec.actTotal;
    this.#n = spec.agents.length;
    this.layout = rowLayout(this.#so, this.#sa, this.#n);
    this.rows = new Float32Array(capacity * this.layout.width);
    this.#returns = nStep && new NStepReturns(nStep);
    this.#teams = rewards === 'team' ? new TeamRewards(spec) : undefined;
    this.#players = ensemble && new Players(ensemble, capacity);
    this.#obs = new RowViews(this.#so);
    this.#actions = new RowViews(this.#sa);
    this.#nextObs = new RowViews(this.#so);
  }

  /** Transitions present. */
  get size(): number {
    return this.#size;
  }

  /** The row that the next transition goes to. */
  protected get cursor(): number {
    return this.#cursor;
  }

  get full(): boolean {
    return this.#size === this.capacity;
  }

  /** Appends one step of every environment; the oldest E transitions make room. Rewards become float32. */
  store(
    obs: Float32Array, // [E, SO]
    actions: Float32Array, // [E, SA]
    rewards: Float64Array, // [E, N]
    nextObs: Float32Array, // [E, SO]
    terminals: Uint8Array, // [E, N]
    agentMask: Uint8Array, // [E, N]
    ended: Uint8Array, // [E]
    masks?: StepMasks, // from the first step on, or never
    players: Readonly<Uint8Array> = NOBODY, // [E, G], of an ensemble
  ): void {
    const { parallels, rows, layout } = this;
    const n = this.#n;
    expectLength('obs', obs, parallels * this.#so);
    expectLength('actions', actions, parallels * this.#sa);
    expectLength('rewards', rewards, parallels * n);
    expectLength('nextObs', nextObs, parallels * this.#so);
    expectLength('terminals', terminals, parallels * n);
    expectLength('agentMask', agentMask, parallels * n);
    expectLength('ended', ended, parallels);
    expectLength('players', players, this.#players?.length(parallels) ?? 0);
    this.#storeMasks(masks);
    const start = this.#cursor * layout.width;
    this.#obs.copy(obs, rows, start, layout.width);
    this.#actions.copy(actions, rows, start + layout.actions, layout.width);
    this.#nextObs.copy(nextObs, rows, start + layout.obsNext, layout.width);
    const earned = this.#teams?.means(rewards) ?? rewards;
    let at = start + layout.rewards;
    for (let k = 0; k < earned.length; k += n, at += layout.width) {
      for (let i = 0; i < n; i++) {
        rows[at + i] = earned[k + i]!;
        rows[at + n + i] = terminals[k + i]!;
        rows[at + 2 * n + i] = agentMask[k + i]!;
      }
      rows[at + 3 * n] = ended[k / n]!;
    }
    this.#players?.store(this.#cursor, players, this.#size);
    this.#cursor = (this.#cursor + parallels) % this.capacity;
    this.#size = Math.min(this.#size + parallels, this.capacity);
  }

  #storeMasks(masks: StepMasks | undefined): void {
    if (masks && this.#size === 0) this.#masks ??= new ActionMaskRows(this.#sa, this.capacity);
    if ((masks === undefined) !== (this.#masks === undefined))
      throw new RangeError(
        `ReplayBuffer.store: expected ${masks ? 'no action masks' : 'action masks'}, as in the steps before`,
      );
    if (!masks) return;
    const length = this.parallels * this.#sa;
    expectLength('actionMask', masks.before, length);
    expectLength('nextActionMask', masks.after, length);
    this.#masks!.store(this.#cursor, masks);
  }

  /** Size of snapshot() when full, in bytes, without action masks. */
  get fullBytes(): number {
    return this.rows.byteLength + (this.#players?.length(this.capacity) ?? 0);
  }

  /** Whether transitions come with action masks. */
  get hasActionMasks(): boolean {
    return this.#masks !== undefined;
  }

  /** Ends the episodes under way: what is stored next belongs to other ones. */
  endEpisodes(): void {
    const { capacity, parallels, layout } = this;
    const newest = (this.#cursor - parallels + capacity) % capacity;
    for (let row = newest; row < newest + Math.min(parallels, this.#size); row++)
      this.rows[row * layout.width + layout.ended] = 1;
  }

  /** Whether there are transitions that this sub-policy of an ensemble played. */
  has(playedBy: PlayedBy): boolean {
    return this.#players?.has(playedBy) ?? false;
  }

  /** Moves schedules to `progress`, 0 at the start of the run and 1 at its end; missing if there are none. */
  anneal?(progress: number): void;

  /** Takes the TD errors of the last sampled batch; missing if sampling does not depend on them. */
  setErrors?(errors: Float32Array): void;

  /**
   * Fills the first `count` rows of `batch`, each with a transition drawn by `stream.below(size)`: of those that the
   * sub-policy batch.playedBy played, where it names one.
   */
  sample(stream: IndexStream, count: number, batch: Batch): void {
    this.expectSample(count, batch);
    const { playedBy } = batch;
    const players = this.#players;
    if (playedBy && !this.has(playedBy))
      throw new RangeError(
        `ReplayBuffer.sample: expected transitions of sub-policy ${playedBy.subPolicy} of group ${playedBy.group}, got none`,
      );
    for (let b = 0; b < count; b++) {
      const row = playedBy ? players!.draw(playedBy, stream, this.#size) : stream.below(this.#size);
      this.gather(row, b, batch);
      if (batch.marks) players!.mark(row, batch.marks, b);
    }
  }

  /** Throws RangeError where there is nothing to sample, or the batch has no room for it. */
  protected expectSample(count: number, batch: Batch): void {
    if (this.#size === 0) throw new RangeError('ReplayBuffer.sample: expected stored transitions, got none');
    if (count > batch.size)
      throw new RangeError(`ReplayBuffer.sample: expected at most ${batch.size} rows, got ${count}`);
    if (this.#returns && !batch.discounts)
      throw new RangeError('ReplayBuffer.sample: expected a batch with discounts, got one without');
  }

  /** Writes the transition of a row, or the window that begins with it, into sample b. */
  protected gather(row: number, b: number, batch: Batch): void {
    const { rows, layout } = this;
    const so = this.#so;
    const sa = this.#sa;
    const n = this.#n;
    const returns = this.#returns;
    const m = returns?.lengthOf(this, row) ?? 1;
    const start = row * layout.width;
    this.#drawn += 1;
    this.#ages += row < this.#cursor ? this.#cursor - row - 1 : this.#cursor - row - 1 + this.capacity;
    const last = m === 1 ? start : rowAfter(this, row, m - 1) * layout.width;
    copy(rows, start, so, batch.obs, b * so);
    copy(rows, start + layout.actions, sa, batch.actions, b * sa);
    copy(rows, last + layout.obsNext, so, batch.obsNext, b * so);
    copy(rows, start + layout.rewards, n, batch.rewards, b * n);
    copy(rows, last + layout.terminals, n, batch.terminals, b * n);
    copy(rows, start + layout.agentMask, n, batch.agentMask, b * n);
    this.#masks?.gather(row, m === 1 ? row : rowAfter(this, row, m - 1), b, batch);
    if (returns) batch.discounts![b] = returns.discount(m);
    if (m > 1) returns!.sum(this, row, m, b, batch);
  }

  /** Mean age of the samples drawn since the last call, in steps stored after them; NaN if there are none. */
  takeMeanAge(): number {
    const mean = this.#ages / this.#drawn;
    this.#drawn = 0;
    this.#ages = 0;
    return mean;
  }

  /** Steps of a row's environment that are present, from the row's own to the newest. */
  stepsFrom(row: number): number {
    const e = this.parallels;
    const first = row - (row % e);
    return 1 + ((this.#cursor - e - first + this.capacity) % this.capacity) / e;
  }

  /**
   * The filled part, the cursor and the layout, as pieces of a file (sectionPieces): restore() of it continues bit for
   * bit. Not a copy: write it before the next store().
   */
  snapshot(): Uint8Array[] {
    return sectionPieces(this.sections());
  }

  protected sections(): Record<string, SectionData> {
    return {
      layout: Float64Array.of(this.capacity, this.parallels, this.#so, this.#sa, this.#n),
      cursor: Float64Array.of(this.#cursor, this.#size),
      rows: this.rows.subarray(0, this.#size * this.layout.width),
      ...(this.#players && { players: this.#players.snapshot(this.#size) }),
      ...(this.#masks && { 'action masks': this.#masks.snapshot(this.#size) }),
    };
  }

  /** Takes over a snapshot of a buffer of the same layout; throws UserError if it is another's or damaged. */
  restore(bytes: Uint8Array, where = 'replay.bin'): void {
    this.restoreSections(decodeSections(bytes, where), where);
  }

  protected restoreSections(sections: Sections, where: string): void {
    const layout = sections.get('layout', Float64Array, 5);
    const own = [this.capacity, this.parallels, this.#so, this.#sa, this.#n];
    const names = ['buffer_size', 'parallels', 'joint observation width', 'joint action width', 'agents'];
    const other = own.findIndex((value, i) => layout[i] !== value);
    if (other >= 0) {
      throw new UserError(
        `${where}: expected ${names[other]!} ${own[other]!}, got ${layout[other]!}; resume with the settings of the run`,
      );
    }
    const [cursor, size] = sections.get('cursor', Float64Array, 2);
    // While the ring is not full the cursor is where the transitions end.
    const consistent = size === this.capacity ? inRing(cursor!, this.capacity) : cursor === size;
    if (!inRing(size!, this.capacity + 1) || !consistent || cursor! % this.parallels !== 0) {
      throw new UserError(
        `${where}: expected a cursor inside the ring, got cursor ${cursor!} with ${size!} transitions`,
      );
    }
    this.rows.set(sections.get('rows', Float32Array, size! * this.layout.width, FINITE));
    const players = this.#players;
    players?.restore(sections.get('players', Uint8Array, players.length(size!), players.rule));
    this.#masks = sections.names.includes('action masks')
      ? new ActionMaskRows(this.#sa, this.capacity)
      : undefined;
    const masks = this.#masks;
    masks?.restore(sections.get('action masks', Uint8Array, masks.length(size!), FLAGS));
    this.#cursor = cursor!;
    this.#size = size!;
    this.#requireFlags(where);
  }

  /** Throws UserError unless the terminals, agent masks and ends of episodes of all rows are 0 or 1. */
  #requireFlags(where: string): void {
    const { rows, layout } = this;
    for (let row = 0; row < this.#size * layout.width; row += layout.width)
      for (let k = row + layout.terminals; k < row + layout.width; k++)
        if (rows[k] !== 0 && rows[k] !== 1)
          throw new UserError(
            `${where}: expected terminals, masks and ends of episodes of 0 and 1, got ${rows[k]!}`,
          );
  }

  /** Throws UserError unless the buffer is as `step` environment steps leave it. `where` names its file. */
  requireSteps(step: number, where: string): void {
    if (this.#size === Math.min(step, this.capacity) && this.#cursor === step % this.capacity) return;
    throw new UserError(
      `${where}: expected the transitions of ${step} steps, got ${this.#size} that end at row ${this.#cursor}; ` +
        'it is of another checkpoint',
    );
  }
}

/** Columns of a row: see the head of this file. */
export function rowLayout(so: number, sa: number, n: number): RowLayout {
  const rewards = 2 * so + sa;
  return {
    actions: so,
    obsNext: so + sa,
    rewards,
    terminals: rewards + n,
    agentMask: rewards + 2 * n,
    ended: rewards + 3 * n,
    width: rewards + 3 * n + 1,
  };
}

/** Copies `count` numbers. A loop: `set(subarray())` would allocate. */
function copy(from: Float32Array, start: number, count: number, to: Float32Array, at: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}

function expectLength(name: string, array: { readonly length: number }, length: number): void {
  if (array.length !== length) {
    throw new RangeError(`ReplayBuffer.store: expected ${name} with ${length} elements, got ${array.length}`);
  }
}

function inRing(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}
