/**
 * Augmentation: applies a random symmetry of the task to every sample (augmentation: symmetries). Works in place on the
 * gathered batch: on n-step returns, whole episodes and burn-in steps too, as a symmetry holds for all steps of a sample. Draws
 * from the caller's stream. Stored states have no mirror images.
 *
 * Symmetries that permute agents train an agent's networks on another agent's experience: off-policy, as replay is anyway.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { IndexStream } from '../core/random.ts';
import { composed, type Symmetry, type SymmetryGroup } from '../core/symmetry.ts';
import type { Batch, EpisodeBatch } from './batch.ts';

/** Limit on table entries when merging factors, so that tables stay in the CPU cache. */
const MOST_ENTRIES = 1 << 17;

/** Index tables of several symmetries. */
interface Table {
  readonly width: number;
  /** [symmetries, width]; entry width + c means minus column c. */
  readonly from: Int32Array;
}

/** Tables of one factor of the group. */
interface Tables {
  readonly count: number;
  readonly obs: Table;
  readonly actions: Table;
  readonly agents: Table;
}

/** Applies the symmetries that an environment declares to sampled batches. */
export class Augmentation {
  readonly #factors: readonly Tables[];
  /** A row and its negation. */
  readonly #scratch: Float32Array;
  /** Symmetry drawn for each sample, [B]. */
  #drawn = new Int32Array(0);

  constructor(spec: JointSpec, group: SymmetryGroup) {
    const most = Math.floor(MOST_ENTRIES / (spec.obsTotal + spec.actTotal));
    this.#factors = merged(group, most).map(tablesOf);
    this.#scratch = new Float32Array(2 * Math.max(spec.obsTotal, spec.actTotal, spec.agents.length));
  }

  /** Transforms the first `count` samples in place, each by a symmetry drawn from `stream`. */
  apply(stream: IndexStream, count: number, batch: Batch | EpisodeBatch): void {
    if (this.#drawn.length < count) this.#drawn = new Int32Array(count);
    const drawn = this.#drawn;
    const { obs, actions, rewards, terminals, agentMask } = batch;
    const [slots, obsSlots] = 'steps' in batch ? [batch.steps, batch.steps + 1] : [1, 1];
    for (const tables of this.#factors) {
      for (let b = 0; b < count; b++) drawn[b] = stream.below(tables.count);
      this.#move(obs, obsSlots, tables.obs, count);
      if ('obsNext' in batch) this.#move(batch.obsNext, slots, tables.obs, count);
      this.#move(actions, slots, tables.actions, count);
      this.#move(rewards, slots, tables.agents, count);
      this.#move(terminals, slots, tables.agents, count);
      this.#move(agentMask, slots, tables.agents, count);
      const burnIn = 'steps' in batch ? batch.before?.burnIn : undefined;
      if (!burnIn) continue;
      this.#move(burnIn.obs, burnIn.steps, tables.obs, count);
      this.#move(burnIn.actions, burnIn.steps, tables.actions, count);
    }
  }

  /** Permutes the rows of each sample b < count, [count, slots, width], by the table's row for its symmetry. */
  #move(x: Float32Array, slots: number, { width, from }: Table, count: number): void {
    const scratch = this.#scratch;
    for (let row = 0; row < count * slots; row++) {
      const at = row * width;
      const entry = this.#drawn[Math.floor(row / slots)]! * width;
      for (let c = 0; c < width; c++) {
        const value = x[at + c]!;
        scratch[c] = value;
        scratch[c + width] = -value;
      }
      for (let c = 0; c < width; c++) x[at + c] = scratch[from[entry + c]!]!;
    }
  }
}

function tablesOf(factor: readonly Symmetry[]): Tables {
  const table = (rows: readonly Int32Array[]): Table => ({
    width: rows[0]!.length,
    from: Int32Array.from(rows.flatMap((row) => [...row])),
  });
  return {
    count: factor.length,
    obs: table(
      factor.map(({ obsFrom, obsSign }) =>
        obsFrom.map((from, c) => (obsSign[c]! < 0 ? from + obsFrom.length : from)),
      ),
    ),
    actions: table(factor.map(({ actFrom }) => actFrom)),
    agents: table(factor.map(({ agentFrom }) => agentFrom)),
  };
}

/** The same group with fewer factors: multiplies out neighbouring factors up to `most` elements. */
function merged(group: SymmetryGroup, most: number): SymmetryGroup {
  const factors: (readonly Symmetry[])[] = [];
  for (const factor of group) {
    const last = factors.at(-1);
    if (last && last.length * factor.length <= most)
      factors[factors.length - 1] = last.flatMap((first) => factor.map((second) => composed(first, second)));
    else factors.push(factor);
  }
  return factors;
}
