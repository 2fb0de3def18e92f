/**
 * Plans element-wise and row-wise nodes: each is one call of a kernel in assembly/arithmetic.ts. program.ts assigns the
 * addresses.
 */
import { rowsOf, widthOf } from '../graph.ts';
import type {
  BinaryNode,
  ExpandNode,
  RepeatNode,
  RowSumNode,
  RowwiseNode,
  Shape,
  SumNode,
  UnaryNode,
  Value,
} from '../graph.ts';
import * as BINARY from './codes/binary.ts';
import * as OP from './codes/opcodes.ts';
import * as SPLIT from './codes/split.ts';
import * as UNARY from './codes/unary.ts';
import type { Access, Real, Split, TapeWriter } from './tape.ts';

/** Byte address and number of elements of a value. */
export interface Addresses {
  at(value: Value): number;
  length(value: Value): number;
}

export type ArithmeticNode =
  UnaryNode | BinaryNode | RowwiseNode | RowSumNode | RepeatNode | ExpandNode | SumNode;

export class ArithmeticPlan {
  readonly #tape: TapeWriter;
  readonly #addresses: Addresses;

  constructor(tape: TapeWriter, addresses: Addresses) {
    this.#tape = tape;
    this.#addresses = addresses;
  }

  plan(node: ArithmeticNode): void {
    switch (node.kind) {
      case 'unary':
        this.#unary(node);
        return;
      case 'binary':
        this.#binary(node);
        return;
      case 'rowwise':
        this.#perRow(OP.rowwise, node, [widthOf(node.x), node.operation === 'one_hot' ? 1 : 0]);
        return;
      case 'rowSum':
        this.#perRow(OP.rowSum, node, [widthOf(node.x)]);
        return;
      case 'repeat':
        this.#perRow(OP.repeat, node, [widthOf(node.out)]);
        return;
      case 'expand':
        this.#call(
          OP.fill,
          [...this.#split(node.out), this.#at(node.x), this.#at(node.out)],
          [node.x],
          node.out,
        );
        return;
      case 'sum':
        this.#tape.call(
          OP.sum,
          [this.#addresses.length(node.x), this.#at(node.x), this.#at(node.out)],
          [{ at: this.#at(node.x), split: 'all' }],
          [this.#access(node.out)],
        );
        return;
    }
  }

  #unary({ operation, x, out }: UnaryNode): void {
    const places = [this.#at(x), this.#at(out)];
    const [op, numbers] =
      operation.name === 'clip'
        ? ([OP.clip, [{ real: operation.low }, { real: operation.high }]] as const)
        : ([
            OP.unary,
            [UNARY[operation.name], { real: operation.name === 'scale' ? operation.by : 0 }],
          ] as const);
    this.#call(op, [...this.#split(out), ...numbers, ...places], [x], out);
  }

  /** A row-wise call; `numbers` are the arguments between the row count and the addresses. */
  #perRow(op: number, { x, out }: { x: Value; out: Value }, numbers: readonly number[]): void {
    this.#call(op, [rowsOf(out), ...numbers, this.#at(x), this.#at(out)], [x], out);
  }

  #binary({ operation, a, b, out }: BinaryNode): void {
    const stride = (x: Value): number => (x.shape.kind === 'scalar' ? 0 : 1);
    const places = [this.#at(a), stride(a), this.#at(b), stride(b), this.#at(out)];
    this.#call(OP.binary, [...this.#split(out), BINARY[operation], ...places], [a, b], out);
  }

  #call(op: number, args: readonly (number | Real)[], reads: readonly Value[], write: Value): void {
    this.#tape.call(
      op,
      args,
      reads.map((x) => this.#access(x)),
      [this.#access(write)],
    );
  }

  #at(value: Value): number {
    return this.#addresses.at(value);
  }

  /** The part of a value that each share of an element-wise call touches. */
  #access(value: Value): Access {
    return { at: this.#at(value), split: splitOf(value.shape) };
  }

  /** First two arguments of an element-wise call: its split and count (codes/split.ts). */
  #split(value: Value): [number, number] {
    const split = splitOf(value.shape);
    return [SPLIT[split], split === 'samples' ? perSample(value.shape) : this.#addresses.length(value)];
  }
}

export function splitOf(shape: Shape): Exclude<Split, 'rows'> {
  if (shape.kind === 'scalar') return 'all';
  return shape.kind === 'parameters' ? 'range' : 'samples';
}

export function perSample(shape: Shape): number {
  return shape.kind === 'array' ? shape.slots * shape.rows * shape.width : 0;
}
