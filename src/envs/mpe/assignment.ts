/**
 * Minimum-sum assignment: n rows (agents) to n columns (targets), each to another one, so that the sum of the
 * costs is least. The Hungarian method with shortest augmenting paths (Kuhn 1955; Jonker and Volgenant
 * 1987), O(n^3). Used by simple_formation and simple_line, and by the scripted controllers.
 */

export class Assignment {
  readonly n: number;
  /** Costs, [n, n]: row i, column j at i * n + j. The caller fills it before solve(). */
  readonly costs: Float64Array;
  /** Column of each row after solve(), [n]. */
  readonly columns: Int32Array;
  // Index n of these stands for no row and no column: the root of every search.
  readonly #rowOf: Int32Array; // row that has column j, n for none
  readonly #from: Int32Array; // column before j on the path
  readonly #done: Uint8Array;
  readonly #slack: Float64Array;
  readonly #rowPrice: Float64Array;
  readonly #columnPrice: Float64Array;

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
  }

  /** Fills `columns` for the costs as they are now. They have to be finite. */
  solve(): void {
    const { n, columns } = this;
    const rowOf = this.#rowOf;
    columns.fill(n);
    rowOf.fill(n);
    this.#assignCheapest();
    for (let row = 0; row < n; row++) {
      if (columns[row] !== n) continue;
      rowOf[n] = row;
      // Everybody on the path to the free column moves on by one.
      for (let column = this.#nearestFreeColumn(); column !== n;) {
        const before = this.#from[column]!;
        rowOf[column] = rowOf[before]!;
        columns[rowOf[column]!] = column;
        column = before;
      }
    }
  }

  /** Prices that leave no reduced cost negative; rows take a column of reduced cost 0 where one is free. */
  #assignCheapest(): void {
    const { n, costs, columns } = this;
    const rowOf = this.#rowOf;
    const rowPrice = this.#rowPrice;
    const columnPrice = this.#columnPrice;
    columnPrice[n] = 0;
    for (let j = 0; j < n; j++) {
      let least = costs[j]!;
      for (let at = n + j; at < n * n; at += n) if (costs[at]! < least) least = costs[at]!;
      columnPrice[j] = least;
    }
    for (let row = 0; row < n; row++) {
      let least = Infinity;
      let column = 0;
      for (let j = 0; j < n; j++) {
        const reduced = costs[row * n + j]! - columnPrice[j]!;
        if (reduced >= least) continue;
        least = reduced;
        column = j;
      }
      rowPrice[row] = least;
      if (rowOf[column] !== n) continue;
      rowOf[column] = row;
      columns[row] = column;
    }
  }

  /** Dijkstra over the columns from the row at the root, with costs reduced by the prices. */
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
