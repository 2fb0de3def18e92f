/**
 * Reads files of torch.save: a zip of `<name>/data.pkl`, a pickle of the objects, and `<name>/data/<key>`, the numbers of
 * each storage. Tensors read their numbers only when asked, so that a file which names one storage a million times costs
 * nothing.
 */
import { described, shortened } from '../core/described.ts';
import { contentOf, entriesOf, type ZipEntry } from '../core/stored-zip.ts';
import { UserError } from '../core/user-error.ts';
import { Global, PickleFault, readPickle, Tuple } from './pickle.ts';

/** Bytes of an element by the name of its storage. */
const STORAGES: Readonly<Record<string, number>> = {
  ...{ DoubleStorage: 8, FloatStorage: 4, HalfStorage: 2, BFloat16Storage: 2 },
  ...{ LongStorage: 8, IntStorage: 4, ShortStorage: 2, CharStorage: 1, ByteStorage: 1, BoolStorage: 1 },
};
const ORDERED_DICT = 'collections OrderedDict';
const REBUILD_TENSOR = 'torch._utils _rebuild_tensor_v2';
const GLOBALS: ReadonlySet<string> = new Set([
  ...[ORDERED_DICT, REBUILD_TENSOR],
  ...Object.keys(STORAGES).map((name) => `torch ${name}`),
]);

interface Storage {
  readonly type: string;
  /** Elements */
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** A tensor whose elements are in the file, each once. */
export class TorchTensor {
  readonly shape: readonly number[];
  readonly #storage: Storage;
  readonly #offset: number;
  readonly #strides: readonly number[];

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.shape = shape;
    this.#storage = storage;
    this.#offset = offset;
    this.#strides = strides;
  }

  get isFloat32(): boolean {
    return this.#storage.type === 'FloatStorage';
  }

  /** The elements, row by row, of a float32 tensor. */
  floats(): Float32Array {
    const { bytes } = this.#storage;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const out = new Float32Array(this.shape.reduce((product, n) => product * n, 1));
    for (let k = 0; k < out.length; k++) {
      let at = this.#offset;
      for (let axis = this.shape.length - 1, rest = k; axis >= 0; axis--) {
        at += (rest % this.shape[axis]!) * this.#strides[axis]!;
        rest = Math.floor(rest / this.shape[axis]!);
      }
      out[k] = view.getFloat32(4 * at, true);
    }
    return out;
  }
}

/** The object in a file; `where` names it. Throws UserError unless all of it is sound. */
export function readTorchFile(bytes: Uint8Array, where: string): unknown {
  const fault = (expected: string, got: string): UserError =>
    new UserError(
      `${where}: expected ${expected}, got ${got}; was it written by XuanCe with PyTorch 1.6 or later?`,
    );
  const entries = new Map<string, ZipEntry>();
  for (const entry of entriesOf(bytes, 'a checkpoint of PyTorch', fault)) {
    if (entries.has(entry.name)) throw fault('every name once', `${described(entry.name)} again`);
    entries.set(entry.name, entry);
  }
  const pickle = [...entries.keys()].find((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (pickle === undefined) throw fault('a checkpoint of PyTorch', 'a zip without data.pkl');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const read = (name: string): Uint8Array => {
    const entry = entries.get(folder + name);
    if (!entry) throw new PickleFault(`an entry ${shortened(name)}`, 'none');
    const content = entry.packed ? undefined : contentOf(bytes, entry);
    if (!content) throw new PickleFault('a whole zip', `one in which ${shortened(name)} is damaged`);
    return content;
  };
  try {
    if (entries.has(`${folder}byteorder`) && new TextDecoder().decode(read('byteorder')) !== 'little')
      throw new PickleFault('little-endian numbers', 'others');
    return readPickle(read('data.pkl'), host(read));
  } catch (error) {
    if (!(error instanceof PickleFault)) throw error;
    throw new UserError(`${where}: ${error.message}; only checkpoints that XuanCe writes can be imported`, {
      cause: error,
    });
  }
}

function host(read: (name: string) => Uint8Array): Parameters<typeof readPickle>[1] {
  const storages = new Map<string, Storage>();
  return {
    globals: GLOBALS,
    persistent: (id) => storageOf(id, read, storages),
    reduce: ({ name }, { items }) => {
      if (name === ORDERED_DICT && items.length === 0) return new Map();
      if (name === REBUILD_TENSOR) return tensorOf(items);
      throw new PickleFault('tensors and dictionaries', `a call of ${name} with ${items.length} arguments`);
    },
  };
}

/** The storage of ('storage', type, key, device, elements). */
function storageOf(id: unknown, read: (name: string) => Uint8Array, known: Map<string, Storage>): Storage {
  const [kind, type, key, , size] = id instanceof Tuple ? id.items : [];
  const name = type instanceof Global ? type.name.replace('torch ', '') : '';
  const width = Object.hasOwn(STORAGES, name) ? STORAGES[name]! : undefined;
  if (kind !== 'storage' || width === undefined || typeof key !== 'string' || !isCount(size))
    throw new PickleFault('storages of numbers', described(id));
  const storage = known.get(key) ?? { type: name, size, bytes: read(`data/${key}`) };
  if (storage.type !== name || storage.size !== size || storage.bytes.length !== width * size)
    throw new PickleFault(`${width * size} bytes of storage ${shortened(key)}`, String(storage.bytes.length));
  known.set(key, storage);
  return storage;
}

/** Dimensions that a tensor may have. */
const MOST_DIMENSIONS = 8;

/** The tensor of _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks). */
function tensorOf([storage, offset, shape, strides]: readonly unknown[]): TorchTensor {
  const [sizes, steps] = [shape, strides].map((list) => (list instanceof Tuple ? list.items : []));
  if (
    typeof storage !== 'object' ||
    storage === null ||
    !('bytes' in storage) ||
    !isCount(offset) ||
    !(shape instanceof Tuple) ||
    !(strides instanceof Tuple) ||
    !sizes!.every(isCount) ||
    !steps!.every(isCount) ||
    sizes.length !== steps.length ||
    sizes.length > MOST_DIMENSIONS
  )
    throw new PickleFault('tensors of a storage, an offset, a shape and strides', 'another');
  const tensor = new TorchTensor(storage as Storage, offset, sizes, steps);
  requireInside(storage as Storage, offset, sizes, steps);
  return tensor;
}

/** Every element must be in the storage, and no two of them the same: then no shape is larger than the file. */
function requireInside(
  { size }: Storage,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): void {
  if (shape.includes(0)) return;
  const axes = shape
    .map((count, axis) => ({ count, stride: strides[axis]! }))
    .filter(({ count }) => count > 1)
    .sort((a, b) => a.stride - b.stride);
  let reach = 1;
  for (const { count, stride } of axes) {
    if (stride < reach)
      throw new PickleFault('elements that do not overlap', `strides ${strides.join(', ')}`);
    reach += (count - 1) * stride;
  }
  if (offset + reach > size)
    throw new PickleFault(`tensors inside their storage of ${size}`, `one that reaches to ${offset + reach}`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
