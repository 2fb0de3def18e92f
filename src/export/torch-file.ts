/** Writes tensors as torch.save does: a zip of `policy/data.pkl`, a pickle of {name: {tensor name: tensor}}, and `policy/data/<k>`. */
import { storedZip } from '../core/stored-zip.ts';
import type { Tensor, TensorMap } from '../core/tensor-map.ts';

/** The file of `{[name]: tensors}`. Equal tensors give equal bytes. */
export function encodeTorchFile(name: string, tensors: TensorMap): Uint8Array {
  const ascii = new TextEncoder();
  const storages = [...tensors.values()].map(
    ({ data }, k) =>
      [`policy/data/${k}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] as const,
  );
  return storedZip([
    ['policy/data.pkl', pickle(name, tensors)],
    ['policy/byteorder', ascii.encode('little')],
    ...storages,
    ['policy/version', ascii.encode('3\n')],
  ]);
}

// Opcodes of protocol 2, by their names in Python's pickletools.
const [PROTO, STOP, MARK, EMPTY_DICT, EMPTY_TUPLE] = [0x80, 0x2e, 0x28, 0x7d, 0x29];
const [TUPLE, REDUCE, SETITEMS, BINPERSID, NEWFALSE] = [0x74, 0x52, 0x75, 0x51, 0x89];
const [BINUNICODE, BININT, GLOBAL] = [0x58, 0x4a, 0x63];

function pickle(name: string, tensors: TensorMap): Uint8Array {
  const items = [...tensors].flatMap(([key, tensor], k) => [...text(key), ...rebuild(tensor, k)]);
  return Uint8Array.from([
    ...[PROTO, 2, EMPTY_DICT, MARK, ...text(name), ...ORDERED_DICT],
    ...[MARK, ...items, SETITEMS, SETITEMS, STOP],
  ]);
}

/** _rebuild_tensor_v2(storage k, offset 0, shape, strides, requires_grad False, hooks {}) */
function rebuild({ shape, data }: Tensor, k: number): number[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const storage = [
    ...text('storage'),
    ...global('torch', 'FloatStorage'),
    ...text(String(k)),
    ...text('cpu'),
  ];
  return [
    ...global('torch._utils', '_rebuild_tensor_v2'),
    ...[MARK, MARK, ...storage, ...whole(data.length), TUPLE, BINPERSID],
    ...[...whole(0), ...wholes(shape), ...wholes(strides), NEWFALSE, ...ORDERED_DICT, TUPLE, REDUCE],
  ];
}

const wholes = (numbers: readonly number[]): number[] => [MARK, ...numbers.flatMap(whole), TUPLE];

const bytes32 = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];

function whole(n: number): number[] {
  return [BININT, ...bytes32(n)];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [BINUNICODE, ...bytes32(bytes.length), ...bytes];
}

function global(module: string, name: string): number[] {
  return [GLOBAL, ...new TextEncoder().encode(`${module}\n${name}\n`)];
}

const ORDERED_DICT = [...global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE];
