/** SHA-256 (FIPS 180-4) where there is no node:crypto, and a browser's own is asynchronous. */

/** Fractional parts of square and cube roots of the first primes, 32 bits each. */
const START = [2, 3, 5, 7, 11, 13, 17, 19].map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Uint32Array.from(primes(64), (prime) => fraction(cubeRoot(prime)));

/** Hexadecimal digest of consecutive pieces of bytes. */
export function sha256(pieces: readonly Uint8Array[]): string {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const end = new Uint8Array(72 - ((length + 8) % 64)); // fills up to a multiple of 64 with 8 bytes of length
  end[0] = 0x80;
  new DataView(end.buffer).setBigUint64(end.length - 8, BigInt(length) * 8n);
  const state = Uint32Array.from(START);
  const words = new Uint32Array(64);
  const rest = new Uint8Array(64);
  let kept = 0;
  for (const piece of [...pieces, end]) {
    let at = 0;
    if (kept > 0) {
      at = Math.min(64 - kept, piece.length);
      rest.set(piece.subarray(0, at), kept);
      kept += at;
      if (kept < 64) continue;
      block(state, words, rest, 0);
    }
    for (; at + 64 <= piece.length; at += 64) block(state, words, piece, at);
    rest.set(piece.subarray(at));
    kept = piece.length - at;
  }
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
}

function block(state: Uint32Array, w: Uint32Array, bytes: Uint8Array, at: number): void {
  for (let t = 0; t < 16; t++, at += 4)
    w[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  for (let t = 16; t < 64; t++) {
    const [x, y] = [w[t - 15]!, w[t - 2]!];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = w[t - 16]! + s0 + w[t - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as Eight;
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[t]! + w[t]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, k) => (state[k] = state[k]! + word));
}

type Eight = [number, number, number, number, number, number, number, number];

function fraction(x: number): number {
  return ((x - Math.floor(x)) * 2 ** 32) >>> 0;
}

/** By Newton's method; exact enough for 32 bits of the fraction. */
function cubeRoot(x: number): number {
  let root = 2;
  for (let k = 0; k < 40; k++) root -= (root * root * root - x) / (3 * root * root);
  return root;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}
