/** Gate: lets vector steps of the training through: all, none, one at a time, or so many a second. */
export class Gate {
  #paused: boolean;
  #stepsPerSecond: number;
  readonly #stepsEach: number;
  /** Steps that may pass although it is closed. */
  #passes = 0;
  /** When the next step may pass, in ms. */
  #next = 0;
  #wake: () => void = () => undefined;

  /** `stepsEach`: what a vector step counts. */
  constructor(stepsEach: number, paused: boolean, stepsPerSecond: number) {
    this.#stepsEach = stepsEach;
    this.#paused = paused;
    this.#stepsPerSecond = stepsPerSecond;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.#wake();
  }

  set stepsPerSecond(stepsPerSecond: number) {
    this.#stepsPerSecond = stepsPerSecond;
    this.#next = 0;
    this.#wake();
  }

  /** Lets one step through although it is closed. */
  passOne(): void {
    this.#passes += 1;
    this.#wake();
  }

  /** Resolves when the next step may pass, or on abort; undefined: at once. */
  pass(signal: AbortSignal): Promise<void> | undefined {
    if (!this.#isOpen()) return this.#wait(signal);
    this.#count();
    return undefined;
  }

  #isOpen(): boolean {
    if (this.#passes > 0) return true;
    return !this.#paused && (this.#stepsPerSecond === Infinity || performance.now() >= this.#next);
  }

  #count(): void {
    if (this.#passes > 0) this.#passes -= 1;
    else if (this.#stepsPerSecond !== Infinity)
      this.#next =
        Math.max(performance.now() - 100, this.#next) + (1000 * this.#stepsEach) / this.#stepsPerSecond;
  }

  async #wait(signal: AbortSignal): Promise<void> {
    while (!this.#isOpen() && !signal.aborted)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = this.#paused
          ? undefined
          : setTimeout(done, Math.max(1, this.#next - performance.now()));
        this.#wake = done;
        signal.addEventListener('abort', done);
      });
    this.#count();
  }
}
