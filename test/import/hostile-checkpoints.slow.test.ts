/** Files that no XuanCe wrote are refused in one line, and cost no more than their size. */
import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { entriesOf, contentOf } from '../../src/core/stored-zip.ts';
import { UserError } from '../../src/core/user-error.ts';
import { readXuanceCheckpoint } from '../../src/import/xuance-checkpoint.ts';
import { readTorchFile, TorchTensor } from '../../src/import/torch-file.ts';
import { openEnvironments } from '../../src/envs/open.ts';
import { layoutOf } from '../../src/train/build.ts';
import { CASES, checkpointOf, configOf } from './xuance-cases.ts';

const NAME = 'maddpg_shared';
const { config } = configOf(CASES[NAME]!);
const layout = layoutOf(config, (await openEnvironments(config)).make(1).spec);
const REAL = new Uint8Array(readFileSync(checkpointOf(NAME)));
const FILES = new Map(
  entriesOf(REAL, 'a zip', (expected) => new UserError(expected)).map((entry) => [
    entry.name.replace(/^[^/]*\//, ''),
    contentOf(REAL, entry)!,
  ]),
);

/** A checkpoint with other files, whose checksums are right. */
function packed(changes: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const files = [...FILES, ...Object.entries(changes)].map(([name, bytes]) => [`x/${name}`, bytes] as const);
  return zipSync(Object.fromEntries(files), { level: 0 });
}

/** What reading says; undefined if the file is taken. Throws anything but a UserError. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    readXuanceCheckpoint(bytes, 'x.pth', layout, config);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}

type Part = string | number | readonly number[];
const bytesOf = (...parts: Part[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)),
  );
const pickled = (...parts: Part[]): Uint8Array => packed({ 'data.pkl': bytesOf(0x80, 2, ...parts) });
const number = (n: number): string => Buffer.from(Uint32Array.of(n).buffer).toString('latin1');
/** A tensor of storage 0, which has `size` elements as the pickle says. */
const tensor = (size: number, offset: number, shape: readonly number[], strides: readonly number[]): string =>
  `ctorch._utils\n_rebuild_tensor_v2\n((X${number(7)}storagectorch\nFloatStorage\nX${number(1)}0X${number(3)}cpuJ${number(size)}tQ` +
  `J${number(offset)}(${shape.map((n) => `J${number(n)}`).join('')}t(${strides.map((n) => `J${number(n)}`).join('')}t` +
  `\x89ccollections\nOrderedDict\n)RtR.`;
const SIZE = FILES.get('data/0')!.length / 4;

describe('a hostile checkpoint', () => {
  it('is not the real one, which is taken, packed anew too', () => {
    expect(refusal(REAL)).toBeUndefined();
    expect(refusal(packed({}))).toBeUndefined();
  });

  it('cannot name a function: os.system, builtins.eval, torch.load', () => {
    for (const [module, name] of [
      ['os', 'system'],
      ['builtins', 'eval'],
      ['torch', 'load'],
      ['torch', 'constructor'],
    ])
      expect(refusal(pickled(`c${module!}\n${name!}\nX`, number(2), 'ls\x85R.'))).toBe(
        `x.pth: expected tensors, dictionaries, lists, texts and numbers only, got ${module!} ${name!}; ` +
          'only checkpoints that XuanCe writes can be imported',
      );
  });

  it('has none of the opcodes that PyTorch does not write', () => {
    const known = new Set([
      ...[0x80, 0x28, 0x7d, 0x5d, 0x29, 0x74, 0x85, 0x86, 0x87, 0x61, 0x65, 0x73, 0x75, 0x4e, 0x88, 0x89],
      ...[0x4a, 0x4b, 0x4d, 0x47, 0x8a, 0x58, 0x71, 0x72, 0x68, 0x6a, 0x63, 0x52, 0x62, 0x51, 0x2e],
    ]);
    for (let code = 0; code < 256; code++)
      if (!known.has(code))
        expect(refusal(pickled(code))).toBe(
          `x.pth: expected opcodes that PyTorch writes, got 0x${code.toString(16)} at byte 2; ` +
            'only checkpoints that XuanCe writes can be imported',
        );
  });

  it('cannot make a tensor that its storage does not hold, or whose elements overlap', () => {
    const shapes = [
      tensor(SIZE, 0, [2 ** 30, 2 ** 30], [2 ** 30, 1]),
      tensor(SIZE, SIZE, [1], [1]),
      tensor(SIZE, 0, [SIZE + 1], [1]),
      tensor(SIZE, 0, [2, 2], [0, 1]),
      tensor(SIZE, 0, [1000000], [0]),
      tensor(SIZE, 0, [3, 3], [2, 1]),
      tensor(SIZE, 0, [-1], [1]),
      tensor(SIZE + 1, 0, [1], [1]),
      tensor(SIZE, 0, [1], [1, 1]),
      tensor(SIZE, 0, Array<number>(9).fill(1), Array<number>(9).fill(1)),
    ];
    for (const shape of shapes)
      expect(refusal(pickled(shape))).toMatch(
        /^x\.pth: expected (tensors|elements|\d+ bytes).* got .*; only checkpoints/,
      );
  });

  it('may name one storage often, transposed too: numbers are read when they are wanted', () => {
    const view = readTorchFile(pickled(tensor(SIZE, 1, [2, 3], [1, 2])), 'x') as TorchTensor;
    const all = new Float32Array(FILES.get('data/0')!.slice().buffer);
    expect([...view.floats()]).toEqual([1, 3, 5, 2, 4, 6].map((k) => all[k]));
  });

  it('cannot blow up memo or nesting: two million levels, a list of itself, tuples doubled 500 times', () => {
    const deep = new Uint8Array(2_000_003).fill(0x28, 2, 2_000_002);
    deep.set([0x80, 2]);
    deep[2_000_002] = 0x2e;
    expect(refusal(packed({ 'data.pkl': deep }))).toMatch(/at most 1000000 objects at once/);
    const nested = new Uint8Array(2_000_000).fill(0x85);
    nested.set([0x80, 2, 0x29]);
    nested[nested.length - 1] = 0x2e;
    expect(refusal(packed({ 'data.pkl': nested }))).toMatch(/a checkpoint that is a dictionary, got a Tuple/);
    expect(refusal(pickled(']q\x00h\x00a.'))).toMatch(/got an array of 1/);
    const bomb = Array.from(
      { length: 250 },
      (_, k) => `(${`h${String.fromCharCode(k)}`.repeat(4)}tq${String.fromCharCode(k + 1)}`,
    );
    expect(refusal(pickled(')q\x00', ...bomb, '.'))).toMatch(/got a Tuple/);
    const wide = new Uint8Array(2_000_003).fill(0x4e, 2);
    wide.set([0x80, 2]);
    expect(refusal(packed({ 'data.pkl': wide }))).toMatch(/at most 1000000 objects at once/);
  });

  it('is refused in one line, whatever of its bytes are others: 6,000 files', () => {
    const stream = new FastStream(7, 'fuzz');
    const pickle = FILES.get('data.pkl')!;
    let refused = 0;
    const check = (bytes: Uint8Array): void => {
      const message = refusal(bytes);
      if (message === undefined) return;
      refused += 1;
      expect(message).toMatch(/^x\.pth: expected [^\n]{1,400}, got [^\n]{1,300}$/);
    };
    const mutated = (from: Uint8Array): Uint8Array => {
      const bytes = from.slice();
      for (let n = 1 + stream.below(4); n > 0; n--) bytes[stream.below(bytes.length)] = stream.below(256);
      return bytes;
    };
    for (let k = 0; k < 1000; k++) {
      check(Uint8Array.from({ length: stream.below(300) }, () => stream.below(256)));
      check(pickled(Array.from({ length: stream.below(300) }, () => stream.below(256))));
      check(mutated(REAL));
      check(packed({ 'data.pkl': mutated(pickle) }));
      check(packed({ 'data.pkl': pickle.slice(0, stream.below(pickle.length)) }));
      // Spliced: a part of the pickle moves.
      const [from, to, length] = [stream.below(pickle.length), stream.below(pickle.length), stream.below(60)];
      const spliced = pickle.slice();
      spliced.set(
        pickle.subarray(from, Math.min(from + length, from + pickle.length - to, pickle.length)),
        to,
      );
      check(packed({ 'data.pkl': spliced }));
    }
    expect(refused).toBeGreaterThan(4000);
  }, 300_000);
});
