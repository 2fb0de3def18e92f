/** Runs jobs in the order of their arrival, so many at a time. */
export class Lanes {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Settles as the job does. If `signal` aborts before its turn, it never begins, and this resolves. */
  run(job: () => Promise<void>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        resolve();
      };
      this.#queue.push(() => {
        signal.removeEventListener('abort', giveUp);
        if (signal.aborted) return;
        this.#free -= 1;
        job()
          .finally(() => {
            this.#free += 1;
            this.#next();
          })
          .then(resolve, reject);
      });
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
      this.#next();
    });
  }

  #next(): void {
    while (this.#free > 0 && this.#queue.length > 0) this.#queue.shift()!();
  }
}
