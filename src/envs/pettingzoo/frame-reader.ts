/**
 * FrameReader: puts together a frame that arrives in pieces. A frame is its length, four bytes little-endian, and as many
 * bytes. Every byte is copied once, however small the pieces of the pipe are.
 */
const HEADER = 4;

export class FrameReader {
  readonly #header = new Uint8Array(HEADER);
  /** What is being filled once the header is there. */
  #frame: Uint8Array<ArrayBuffer> | undefined;
  /** Bytes of the header, then of the frame, that have arrived. */
  #filled = 0;

  /**
   * Takes the next piece; returns the frame that it completes, in memory of its own. One frame is under way at a time:
   * throws RangeError where a piece reaches beyond its end.
   */
  push(piece: Uint8Array): Uint8Array | undefined {
    let rest = piece;
    if (this.#frame === undefined) {
      const taken = Math.min(HEADER - this.#filled, rest.length);
      this.#header.set(rest.subarray(0, taken), this.#filled);
      this.#filled += taken;
      if (this.#filled < HEADER) return undefined;
      this.#frame = new Uint8Array(new DataView(this.#header.buffer).getUint32(0, true));
      this.#filled = 0;
      rest = rest.subarray(taken);
    }
    const frame = this.#frame;
    frame.set(rest, this.#filled);
    this.#filled += rest.length;
    if (this.#filled < frame.length) return undefined;
    this.#frame = undefined;
    this.#filled = 0;
    return frame;
  }
}
