/**
 * Linear assignment: matches n rows (agents) to n columns (targets) one to one at minimum total cost. Up to five rows by
 * dynamic programming over subsets of columns, which is fastest there; beyond that by the Hungarian method with shortest
 * augmenting paths (Kuhn 1955; Jonker and Volgenant 1987), O(n^3).
 */

const MOST_BY_SUBSETS = 5;

export class Assignment {
  readonly n: number;
  /** Costs, [n, n], filled by the caller before solve(). */
  readonly costs: Float64Array;
  /** Column of each row after solve(), [n]. */
  readonly columns: Int32Array;
  // Index n means no row or no column: the root of every search.
  readonly #rowOf: Int32Array; // row assigned to column j, n if none
  readonly #from: Int32Array; // column before j on the path
  readonly #done: Uint8Array;
  readonly #slack: Float64Array;
  readonly #rowPrice: Float64Array;
  readonly #columnPrice: Float64Array;
  // Per subset of columns, as bits: the minimum cost of assigning the first rows, and the last row's column.
  readonly #least: Float64Array;
  readonly #last: Int32Array;

  constructor(n: number) {
    this.n = n;
    this.costs = new Float64Array(n * n);
    this.columns = new Int32Array(n);
    this.#rowOf = new Int32Array(n + 1);
    this.#from = new Int32Array(n + 1);
    this.#done = new Uint8Array(n + 1);
    this.#slack = new Float64Array(n + 1);
    this.#rowPrice = new Float64Array(n + 1);
    this.#columnPrice = new Float64Array(n + 1);
    const subsets = n <= MOST_BY_SUBSETS ? 1 << n : 0;
    this.#least = new Float64Array(subsets);
    this.#last = new Int32Array(subsets);
  }

  /** Fills `columns` from `costs`, which must be finite. */
  solve(): void {
    if (this.n <= MOST_BY_SUBSETS) this.#solveBySubsets();
    else this.#solveByPaths();
  }

  /** Dynamic programming: the last row takes one column of the subset, the rows before it the others. */
  #solveBySubsets(): void {
    const { n, costs, columns } = this;
    const leastOf = this.#least;
    const lastOf = this.#last;
    for (let subset = 1; subset < leastOf.length; subset++) {
      let row = -n;
      for (let rest = subset; rest !== 0; rest &= rest - 1) row += n;
      let least = Infinity;
      for (let j = 0; j < n; j++) {
        if ((subset & (1 << j)) === 0) continue;
        const sum = leastOf[subset ^ (1 << j)]! + costs[row + j]!;
        if (sum >= least) continue;
        least = sum;
        lastOf[subset] = j;
      }
      leastOf[subset] = least;
    }
    let subset = leastOf.length - 1;
    for (let row = n - 1; row >= 0; row--) {
      const column = lastOf[subset]!;
      columns[row] = column;
      subset ^= 1 << column;
    }
  }

  /** For each row: finds the shortest path to a free column and shifts the assignments along it. */
  #solveByPaths(): void {
    const { n, columns } = this;
    const rowOf = this.#rowOf;
    rowOf.fill(n);
    this.#rowPrice.fill(0);
    this.#columnPrice.fill(0);
    for (let row = 0; row < n; row++) {
      rowOf[n] = row;
      for (let column = this.#nearestFreeColumn(); column !== n;) {
        const before = this.#from[column]!;
        rowOf[column] = rowOf[before]!;
        column = before;
      }
    }
    for (let column = 0; column < n; column++) columns[rowOf[column]!] = column;
  }

  /** Dijkstra over the columns from the root's row, on costs reduced by the prices (dual variables). */
  #nearestFreeColumn(): number {
    const { n, costs } = this;
    const rowOf = this.#rowOf;
    const from = this.#from;
    const done = this.#done;
    const slack = this.#slack;
    const rowPrice = this.#rowPrice;
    const columnPrice = this.#columnPrice;
    slack.fill(Infinity);
    done.fill(0);
    let column = n;
    do {
      done[column] = 1;
      const row = rowOf[column]!;
      let next = n;
      let least = Infinity;
      for (let j = 0; j < n; j++) {
        if (done[j] === 1) continue;
        const reduced = costs[row * n + j]! - rowPrice[row]! - columnPrice[j]!;
        if (reduced < slack[j]!) {
          slack[j] = reduced;
          from[j] = column;
        }
        if (slack[j]! < least) {
          least = slack[j]!;
          next = j;
        }
      }
      for (let j = 0; j <= n; j++) {
        if (done[j] === 1) {
          rowPrice[rowOf[j]!] = rowPrice[rowOf[j]!]! + least;
          columnPrice[j] = columnPrice[j]! - least;
        } else {
          slack[j] = slack[j]! - least;
        }
      }
      column = next;
    } while (rowOf[column] !== n);
    return column;
  }
}
