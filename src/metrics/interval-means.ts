/**
 * IntervalMeans: means of named numbers since the last record. Running means, so that a constant keeps its exact value.
 * Checkpoints hold them: a resumed run records what an uninterrupted one does.
 */

/** Mean and count by name. */
export type SavedMeans = Readonly<Record<string, readonly [mean: number, count: number]>>;

export class IntervalMeans {
  readonly #means = new Map<string, { mean: number; count: number }>();

  add(name: string, value: number): void {
    let known = this.#means.get(name);
    if (known === undefined) this.#means.set(name, (known = { mean: 0, count: 0 }));
    known.count += 1;
    known.mean += (value - known.mean) / known.count;
  }

  /** The means, in order of first appearance; starts the next interval. */
  take(): Record<string, number> {
    const means = Object.fromEntries([...this.#means].map(([name, { mean }]) => [name, mean]));
    this.#means.clear();
    return means;
  }

  saved(): SavedMeans {
    return Object.fromEntries([...this.#means].map(([name, { mean, count }]) => [name, [mean, count]]));
  }

  restore(saved: SavedMeans): void {
    this.#means.clear();
    for (const [name, [mean, count]] of Object.entries(saved)) this.#means.set(name, { mean, count });
  }
}
