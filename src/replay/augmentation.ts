/**
 * Augmentation: applies a random symmetry of the task to every sample (augmentation: symmetries). Works in place on the
 * gathered batch, including n-step returns, as a symmetry holds for every step of the window. Draws from the caller's
 * stream.
 *
 * Symmetries that permute agents train an agent's networks on another agent's experience: off-policy, as replay is anyway.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { IndexStream } from '../core/random.ts';
import { composed, type Symmetry, type SymmetryGroup } from '../core/symmetry.ts';
import type { Batch } from './batch.ts';

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
  apply(stream: IndexStream, count: number, batch: Batch): void {
    if (this.#drawn.length < count) this.#drawn = new Int32Array(count);
    const drawn = this.#drawn;
    const scratch = this.#scratch;
    for (const tables of this.#factors) {
      for (let b = 0; b < count; b++) drawn[b] = stream.below(tables.count);
      move(batch.obs, tables.obs, drawn, count, scratch);
      move(batch.obsNext, tables.obs, drawn, count, scratch);
      move(batch.actions, tables.actions, drawn, count, scratch);
      move(batch.rewards, tables.agents, drawn, count, scratch);
      move(batch.terminals, tables.agents, drawn, count, scratch);
      move(batch.agentMask, tables.agents, drawn, count, scratch);
    }
  }
}

/** Permutes each row b < count of x by row drawn[b] of the table. */
function move(
  x: Float32Array,
  { width, from }: Table,
  drawn: Int32Array,
  count: number,
  scratch: Float32Array,
): void {
  for (let b = 0; b < count; b++) {
    const at = b * width;
    const entry = drawn[b]! * width;
    for (let c = 0; c < width; c++) {
      const value = x[at + c]!;
      scratch[c] = value;
      scratch[c + width] = -value;
    }
    for (let c = 0; c < width; c++) x[at + c] = scratch[from[entry + c]!]!;
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
