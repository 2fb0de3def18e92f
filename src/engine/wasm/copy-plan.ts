/** Plans the nodes that only move numbers: rows, joint and slots. program.ts assigns the addresses. */
import { slotsOf, widthOf, type JointNode, type RowsNode, type SlotsNode, type Value } from '../graph.ts';
import { perSample } from './arithmetic-plan.ts';
import * as OP from './codes/opcodes.ts';
import type { TapeWriter } from './tape.ts';

export class CopyPlan {
  readonly #tape: TapeWriter;
  readonly #at: (value: Value) => number;

  constructor(tape: TapeWriter, at: (value: Value) => number) {
    this.#tape = tape;
    this.#at = at;
  }

  plan(node: RowsNode | JointNode | SlotsNode): void {
    if (node.kind === 'rows') this.#rows(node);
    else if (node.kind === 'joint') this.#joint(node);
    else this.#slots(node);
  }

  #rows({ x, offsets, out }: RowsNode): void {
    const width = widthOf(out);
    offsets.forEach((offset, i) => {
      this.#copy(x, offset, out, i * width, width);
    });
  }

  #joint({ pieces, out }: JointNode): void {
    let column = 0;
    for (const { x, row } of pieces) {
      const width = widthOf(x);
      this.#copy(x, row * width, out, column, width);
      column += width;
    }
  }

  /** Copies the slots that x has. The others keep the zeros with which a program's memory begins. */
  #slots({ x, from, out }: SlotsNode): void {
    const first = Math.max(0, -from);
    const count = Math.min(slotsOf(out), slotsOf(x) - from) - first;
    const size = perSlot(out);
    if (count > 0) this.#copy(x, (from + first) * size, out, first * size, size, count);
  }

  /** Copies `width` elements of every slot, from element `from` of x to element `to` of out. */
  #copy(x: Value, from: number, out: Value, to: number, width: number, slots = slotsOf(x)): void {
    const [source, target] = [this.#at(x), this.#at(out)];
    this.#tape.call(
      OP.copyRows,
      [
        ...[slots, source + from * 4, perSample(x.shape) * 4, perSlot(x) * 4],
        ...[target + to * 4, perSample(out.shape) * 4, perSlot(out) * 4, width],
      ],
      [{ at: source, split: 'samples' }],
      [{ at: target, split: 'samples' }],
    );
  }
}

/** Elements of a value in one slot of a sample. */
function perSlot(value: Value): number {
  return perSample(value.shape) / slotsOf(value);
}
