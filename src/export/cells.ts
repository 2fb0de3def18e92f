/** The equations of recurrent cells (RecurrentNode in engine/graph.ts), in the values of whatever format writes graphs. */
import type { RecurrentSpec } from '../engine/network-spec.ts';

export interface CellOperations<V> {
  readonly add: (a: V, b: V) => V;
  readonly multiply: (a: V, b: V) => V;
  readonly sigmoid: (x: V) => V;
  readonly tanh: (x: V) => V;
  /** 1 - x */
  readonly complement: (x: V) => V;
}

/** What a cell's gates add up, in the order of GATES: from its inputs, W_ih x + b_ih, and from its state, W_hh h + b_hh. */
export interface GateSums<V> {
  readonly ofInput: readonly V[];
  readonly ofState: readonly V[];
}

/** The states of one layer, h and c of an LSTM, one step on. */
export function nextStates<V>(
  cell: RecurrentSpec['cell'],
  { ofInput, ofState }: GateSums<V>,
  states: readonly V[],
  { add, multiply, sigmoid, tanh, complement }: CellOperations<V>,
): V[] {
  const sum = (gate: number): V => add(ofInput[gate]!, ofState[gate]!);
  if (cell === 'GRU') {
    const [r, z] = [sigmoid(sum(0)), sigmoid(sum(1))];
    const n = tanh(add(ofInput[2]!, multiply(r, ofState[2]!)));
    return [add(multiply(complement(z), n), multiply(z, states[0]!))];
  }
  const [i, f, g, o] = [sigmoid(sum(0)), sigmoid(sum(1)), tanh(sum(2)), sigmoid(sum(3))];
  const c = add(multiply(f, states[1]!), multiply(i, g));
  return [multiply(o, tanh(c)), c];
}
