/**
 * Reads pickles that PyTorch writes, without calling anything: a stack machine over the opcodes of protocol 2 that torch.save
 * uses. A name of a class or function is a `Global` that the caller has allowed, and what the pickle would call is handed to
 * the caller as data (`reduce`, `persistent`). Work and memory are bounded by the length of the file: no opcode copies an
 * object, and nothing recurses, so that neither memo nor nesting can blow up.
 */
import { described, shortened } from '../core/described.ts';

/** An allowed name. */
export class Global {
  /** `<module> <name>` */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A tuple; lists are arrays. */
export class Tuple {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

export interface PickleHost {
  /** Names that may occur, as `<module> <name>`. */
  readonly globals: ReadonlySet<string>;
  /** What `global(*args)` would return. */
  reduce(global: Global, args: Tuple): unknown;
  /** The object of a persistent id. */
  persistent(id: unknown): unknown;
}

/** Thrown for what the reader does not take; the message stands after `<file>: `. */
export class PickleFault extends Error {
  constructor(expected: string, got: string) {
    super(`expected ${expected}, got ${got}`);
  }
}

/** Objects that a pickle may hold at once. */
const MOST_OBJECTS = 1_000_000;

/** The object in a pickle: dictionaries are Maps, lists arrays. Throws PickleFault. */
export function readPickle(bytes: Uint8Array, host: PickleHost): unknown {
  return new PickleReader(bytes, host).read();
}

class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #host: PickleHost;
  readonly #stack: unknown[] = [];
  /** Lengths of the stack where a MARK was set. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(bytes: Uint8Array, host: PickleHost) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#host = host;
  }

  read(): unknown {
    for (;;) {
      const at = this.#at;
      const code = this.#number(1);
      if (code === STOP) return this.#last();
      const run = OPCODES[code];
      if (!run) throw new PickleFault('opcodes that PyTorch writes', `0x${code.toString(16)} at byte ${at}`);
      run(this.#machine);
      if (this.#stack.length + this.#marks.length > MOST_OBJECTS)
        throw new PickleFault(`at most ${MOST_OBJECTS} objects at once`, 'more');
    }
  }

  readonly #machine: Machine = {
    push: (value) => {
      this.#stack.push(value);
    },
    pop: () => this.#pop(),
    mark: () => {
      this.#marks.push(this.#stack.length);
    },
    sinceMark: () => {
      const mark = this.#marks.pop();
      if (mark === undefined || mark > this.#stack.length)
        throw new PickleFault('a mark', 'none on the stack');
      return this.#stack.splice(mark);
    },
    top: () => this.#stack.at(-1),
    number: (size) => this.#number(size),
    float: () => this.#view.getFloat64(this.#take(8)),
    text: (length) => this.#text(this.#take(length), length),
    line: () => {
      const end = this.#bytes.indexOf(10, this.#at);
      if (end < 0) throw new PickleFault('a whole pickle', 'one that is cut short');
      const from = this.#at;
      this.#at = end + 1;
      return this.#text(from, end - from);
    },
    put: (index) => {
      this.#memo.set(index, this.#last());
    },
    get: (index) => {
      if (!this.#memo.has(index)) throw new PickleFault('memo entries that exist', `number ${index}`);
      this.#stack.push(this.#memo.get(index));
    },
    host: () => this.#host,
  };

  #take(length: number): number {
    const from = this.#at;
    if (from + length > this.#bytes.length) throw new PickleFault('a whole pickle', 'one that is cut short');
    this.#at += length;
    return from;
  }

  #number(size: 1 | 2 | 4): number {
    const from = this.#take(size);
    return size === 1
      ? this.#view.getUint8(from)
      : size === 2
        ? this.#view.getUint16(from, true)
        : this.#view.getUint32(from, true);
  }

  #text(from: number, length: number): string {
    try {
      return UTF8.decode(this.#bytes.subarray(from, from + length));
    } catch {
      throw new PickleFault('texts in UTF-8', 'another');
    }
  }

  #pop(): unknown {
    const value = this.#last();
    this.#stack.pop();
    return value;
  }

  #last(): unknown {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= floor) throw new PickleFault('an object on the stack', 'none');
    return this.#stack.at(-1);
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** What opcodes do to the reader. */
interface Machine {
  push(value: unknown): void;
  pop(): unknown;
  /** The uppermost object, below a mark too; undefined if there is none. */
  top(): unknown;
  mark(): void;
  /** Takes all objects since the last mark. */
  sinceMark(): unknown[];
  number(size: 1 | 2 | 4): number;
  float(): number;
  text(length: number): string;
  line(): string;
  put(index: number): void;
  get(index: number): void;
  host(): PickleHost;
}

const STOP = 0x2e;

const tuple =
  (count: number) =>
  (m: Machine): void => {
    m.push(new Tuple(Array.from({ length: count }, () => m.pop()).reverse()));
  };
const constant =
  (value: unknown) =>
  (m: Machine): void => {
    m.push(value);
  };

function appendAll(m: Machine, items: readonly unknown[]): void {
  const list = m.top();
  if (!Array.isArray(list)) throw new PickleFault('a list to append to', described(list));
  for (const item of items) list.push(item);
}

function setAll(m: Machine, items: readonly unknown[]): void {
  const map = m.top();
  if (!(map instanceof Map) || items.length % 2 !== 0)
    throw new PickleFault('a dictionary to fill in pairs', described(map));
  for (let k = 0; k < items.length; k += 2) {
    const key = items[k];
    if (typeof key !== 'string' && typeof key !== 'number')
      throw new PickleFault('keys that are texts or numbers', described(key));
    map.set(key, items[k + 1]);
  }
}

/** By opcode (https://github.com/python/cpython/blob/main/Lib/pickletools.py). */
const OPCODES: Readonly<Record<number, (m: Machine) => void>> = {
  // PROTO
  0x80: (m) => {
    const version = m.number(1);
    if (version !== 2) throw new PickleFault('a pickle of protocol 2', String(version));
  },
  // MARK ( EMPTY_DICT } EMPTY_LIST ] EMPTY_TUPLE )
  0x28: (m) => {
    m.mark();
  },
  0x7d: (m) => {
    m.push(new Map());
  },
  0x5d: (m) => {
    m.push([]);
  },
  0x29: tuple(0),
  // TUPLE t TUPLE1 TUPLE2 TUPLE3
  0x74: (m) => {
    m.push(new Tuple(m.sinceMark()));
  },
  0x85: tuple(1),
  0x86: tuple(2),
  0x87: tuple(3),
  // APPEND a APPENDS e SETITEM s SETITEMS u
  0x61: (m) => {
    appendAll(m, [m.pop()]);
  },
  0x65: (m) => {
    appendAll(m, m.sinceMark());
  },
  0x73: (m) => {
    const value = m.pop();
    setAll(m, [m.pop(), value]);
  },
  0x75: (m) => {
    setAll(m, m.sinceMark());
  },
  // NONE N NEWTRUE NEWFALSE
  0x4e: constant(null),
  0x88: constant(true),
  0x89: constant(false),
  // BININT J BININT1 K BININT2 M BINFLOAT G
  0x4a: (m) => {
    m.push(m.number(4) | 0);
  },
  0x4b: (m) => {
    m.push(m.number(1));
  },
  0x4d: (m) => {
    m.push(m.number(2));
  },
  0x47: (m) => {
    m.push(m.float());
  },
  // LONG1: numbers beyond 32 bits, little-endian, two's complement
  0x8a: (m) => {
    const length = m.number(1);
    if (length > 8) throw new PickleFault('whole numbers of at most 8 bytes', `one of ${length}`);
    let value = 0n;
    for (let k = 0; k < length; k++) value |= BigInt(m.number(1)) << BigInt(8 * k);
    m.push(Number(BigInt.asIntN(8 * length, value)));
  },
  // BINUNICODE X
  0x58: (m) => {
    m.push(m.text(m.number(4)));
  },
  // BINPUT q LONG_BINPUT r BINGET h LONG_BINGET j
  0x71: (m) => {
    m.put(m.number(1));
  },
  0x72: (m) => {
    m.put(m.number(4));
  },
  0x68: (m) => {
    m.get(m.number(1));
  },
  0x6a: (m) => {
    m.get(m.number(4));
  },
  // GLOBAL c
  0x63: (m) => {
    const name = `${m.line()} ${m.line()}`;
    const { globals } = m.host();
    if (!globals.has(name))
      throw new PickleFault('tensors, dictionaries, lists, texts and numbers only', shortened(name));
    m.push(new Global(name));
  },
  // REDUCE R
  0x52: (m) => {
    const args = m.pop();
    const callee = m.pop();
    if (!(callee instanceof Global) || !(args instanceof Tuple))
      throw new PickleFault('a known function and its arguments', described(callee));
    m.push(m.host().reduce(callee, args));
  },
  // BUILD b: the attribute _metadata of a state_dict, which nothing here needs
  0x62: (m) => {
    const state = m.pop();
    if (!(m.top() instanceof Map) || !(state instanceof Map))
      throw new PickleFault('attributes of a dictionary only', described(m.top()));
  },
  // BINPERSID Q
  0x51: (m) => {
    m.push(m.host().persistent(m.pop()));
  },
};
