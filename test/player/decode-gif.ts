/** Decodes a GIF with one global palette, for tests: every frame as RGB, [height, width, 3], with transparency resolved. */

export interface DecodedGif {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Uint8Array[];
  /** Hundredths of a second, by frame. */
  readonly delays: readonly number[];
}

export function decodeGif(bytes: Uint8Array): DecodedGif {
  const word = (at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
  const [width, height] = [word(6), word(8)];
  const colours = 2 << (bytes[10]! & 7);
  const palette = bytes.subarray(13, 13 + 3 * colours);
  const [frames, delays]: [Uint8Array[], number[]] = [[], []];
  let at = 13 + 3 * colours;
  let transparent = -1;
  const blocks = (): Uint8Array => {
    const parts: number[] = [];
    for (; bytes[at] !== 0; at += bytes[at]! + 1) parts.push(...bytes.subarray(at + 1, at + 1 + bytes[at]!));
    at += 1;
    return Uint8Array.from(parts);
  };
  for (;;) {
    const kind = bytes[at++];
    if (kind === 0x3b) return { width, height, frames, delays };
    if (kind === 0x21) {
      const isControl = bytes[at++] === 0xf9;
      if (isControl) {
        transparent = (bytes[at + 1]! & 1) === 1 ? bytes[at + 4]! : -1;
        delays.push(word(at + 2));
      }
      blocks();
      continue;
    }
    if (kind !== 0x2c || (bytes[at + 8]! & 0x80) !== 0)
      throw new Error('not a frame with the global palette');
    at += 9;
    const codeSize = bytes[at++]!;
    const frame = frames.at(-1)?.slice() ?? new Uint8Array(3 * width * height);
    expand(blocks(), codeSize, width * height).forEach((index, k) => {
      if (index !== transparent) frame.set(palette.subarray(3 * index, 3 * index + 3), 3 * k);
    });
    frames.push(frame);
  }
}

/** LZW as in GIF. */
function expand(data: Uint8Array, codeSize: number, length: number): number[] {
  const [clear, end] = [1 << codeSize, (1 << codeSize) + 1];
  const first = (): number[][] => Array.from({ length: end + 1 }, (_, k) => (k < clear ? [k] : []));
  const out: number[] = [];
  let [table, width, bit] = [first(), codeSize + 1, 0];
  let before: number[] | undefined;
  while (out.length < length) {
    let code = 0;
    for (let k = 0; k < width; k++, bit++) code |= ((data[bit >> 3]! >> (bit & 7)) & 1) << k;
    if (code === end) break;
    if (code === clear) {
      [table, width, before] = [first(), codeSize + 1, undefined];
      continue;
    }
    const entry: number[] = table[code] ?? [...before!, before![0]!];
    if (before && table.length < 4096) table.push([...before, entry[0]!]);
    if (table.length >= 1 << width && width < 12) width += 1;
    out.push(...entry);
    before = entry;
  }
  return out;
}
