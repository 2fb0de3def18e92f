/**
 * Sequences: the parts of an episode that recurrent networks learn from, `length` steps each, behind `burnIn` steps that only
 * move the states on. As in R2D2 (Kapturowski et al. 2019) they begin at fixed steps and overlap: at every `stride`-th step,
 * which is half of `length`, or `burnIn` if that is more. So burn-in steps are all there, but for the first sequence, which
 * begins with the episode. The last one reaches the episode's end, or beyond.
 */
export class Sequences {
  readonly length: number;
  readonly burnIn: number;
  readonly stride: number;

  constructor(length: number, burnIn: number) {
    if (!Number.isSafeInteger(length) || !(burnIn >= 0 && burnIn <= length))
      throw new RangeError(
        `Sequences: expected at most as many burn-in steps as others, got ${burnIn} and ${length}`,
      );
    this.length = length;
    this.burnIn = burnIn;
    this.stride = Math.max(Math.ceil(length / 2), burnIn);
  }

  /** How many there are in an episode of so many steps. */
  countIn(steps: number): number {
    return 1 + Math.max(0, Math.ceil((steps - this.length) / this.stride));
  }

  /** The one whose first step, burn-in steps included, is step t; undefined if there is none, or it begins the episode. */
  startingAt(t: number): number | undefined {
    const number = (t + this.burnIn) / this.stride;
    return number >= 1 && Number.isInteger(number) ? number : undefined;
  }
}
