/**
 * The update graph: what an algorithm computes, as data. A learner describes its update once with
 * GraphBuilder (builder.ts); every engine compiles the result. Nothing here computes.
 *
 * A graph is a list of nodes and **the list's order is the order of execution**: `adam` and `softUpdate` change
 * a network in place, and the nodes after them see it changed. Values are written once.
 *
 * Shapes. B is the batch size, known when a graph is compiled. `array` is [B, rows, width], row-major:
 * row b*rows + i belongs to agent i of sample b; what all agents share has rows = 1. `scalar` is one
 * number. `parameters` has one number for every parameter of a network, in block order (network-spec.ts).
 * `ids` is no memory at all: row i is the one-hot vector of ids[i] with `width` columns.
 *
 * Arithmetic is IEEE float32, each operation rounded on its own, in the order that each node states, so
 * that two engines can agree in every bit. A sum over rows runs inside shards (sums.ts).
 */
import type { NetworkSpec } from './network-spec.ts';

export type Shape =
  | { readonly kind: 'array'; readonly rows: number; readonly width: number }
  | { readonly kind: 'scalar' }
  | { readonly kind: 'parameters'; readonly network: string }
  | { readonly kind: 'ids'; readonly rows: number; readonly width: number };

/** The result of a node. `id` indexes UpdateGraph.values. */
export interface Value {
  readonly id: number;
  readonly shape: Shape;
}

/** An array that the caller fills before each run: a batch column block, or noise that it draws as `draw` says. */
export interface InputNode {
  readonly kind: 'input';
  readonly name: string;
  readonly draw?: Draw;
  readonly out: Value;
}

/** How the caller draws the numbers of a noise input, each one on its own. */
export type Draw =
  /** Standard normal, standard Gumbel. */
  | { readonly name: 'normal' | 'gumbel' }
  /** 0 with probability `rate`, else 1 / (1 - rate): times an array, it drops elements and keeps the mean. */
  | { readonly name: 'dropout'; readonly rate: number };

/** A number that the caller sets before each run: a step size, a bias correction. */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly name: string;
  readonly out: Value;
}

/** A number known when the graph is described, rounded to float32. */
export interface ConstantNode {
  readonly kind: 'constant';
  readonly value: number;
  readonly out: Value;
}

/** One-hot agent ids for the rows of a network: row i is e_{ids[i]}. No two rows have the same id. */
export interface IdsNode {
  readonly kind: 'ids';
  readonly ids: readonly number[];
  readonly out: Value;
}

/** out[b, i, c] = x[b, 0, offsets[i] + c]: column blocks of a joint array become rows. */
export interface RowsNode {
  readonly kind: 'rows';
  readonly x: Value;
  readonly offsets: readonly number[];
  readonly out: Value;
}

/** out[b, 0, :] = x_0[b, row_0, :] ++ x_1[b, row_1, :] ++ ...: rows side by side become a joint array. */
export interface JointNode {
  readonly kind: 'joint';
  readonly pieces: readonly { readonly x: Value; readonly row: number }[];
  readonly out: Value;
}

/**
 * Layers [first, end) of a network applied to B*rows input rows: all of them, unless something that is not fused stands
 * between two (segments.ts); gelu and the like after the last one are nodes of their own. An input row is its `parts` side by side, in order; a part with
 * one row where others have several is shared by all rows of the sample, and computed once a sample.
 *
 * First layer, per output o: s = sum over the columns of the shared parts in order, starting from +0;
 * s goes on over the columns of the parts that have rows, in order; t = b[o], plus the weight
 * of the row's id if there are ids; pre-activation = s + t. (With one row in all, every part counts as having rows.)
 * Other layers: pre-activation = (sum over inputs in order, starting from +0) + b[o].
 * A network without inputs has no parts: each of its rows is activation(b).
 */
export interface NetworkNode {
  readonly kind: 'network';
  readonly network: string;
  readonly first: number;
  readonly end: number;
  readonly parts: readonly Value[];
  readonly out: Value;
}

/**
 * Backward pass of one network node, from `upstream` = dL/d(out).
 *
 * delta_L = upstream * activation'(.) ; delta_{l-1}[r, i] = (sum over o in order of delta_l[r, o] W_l[o, i]) *
 * activation'(.) ; dW_l[o, i] = sum over rows of delta_l[r, o] x_l[r, i] ; db_l = sum over rows of delta_l.
 * The derivative of an activation is taken from its output y: leaky_relu y > 0 ? 1 : slope; sigmoid
 * y (1 - y); tanh 1 - y y; elu y > 0 ? 1 : y + 1; none 1 (no multiplication).
 * First layer: for a shared part the deltas of a sample's rows are added first, in row order, and multiplied once;
 * the column of an id in dW_0 gets the sharded sum over samples of the deltas of its row.
 * `parameters`: dL/d(parameters), zero for those of other layers. `parts[j]`: dL/d(part j), [B, rows of the part, width].
 */
export interface NetworkGradientNode {
  readonly kind: 'networkGradient';
  readonly of: NetworkNode;
  readonly upstream: Value;
  readonly parameters: Value | undefined;
  readonly parts: readonly (Value | undefined)[];
}

/** Added to the variance of a row before its root, as in PyTorch. */
export const NORMALIZATION_EPSILON = 1e-5;

/**
 * Layer normalisation (Ba, Kiros and Hinton 2016) of every row after layer `layer` of a network, with that layer's gain
 * and shift. With sums in lanes (sums.ts, element c of a row in lane c mod 4), divided in float64 and then rounded:
 * mean = sum of x[c] / width ; d[c] = x[c] - mean ; variance = sum of d[c] d[c] / width ;
 * rate = 1 / sqrt(variance + epsilon) ; z[c] = d[c] rate ; out[c] = z[c] gain[c] + shift[c].
 */
export interface NormalizeNode {
  readonly kind: 'normalize';
  readonly network: string;
  readonly layer: number;
  readonly x: Value;
  readonly out: Value;
}

/**
 * Backward pass of one normalize node, from `upstream` u = dL/d(out). With u'[c] = u[c] gain[c] and means over the
 * row as above, a of u'[c] and b of u'[c] z[c]: dL/dx[c] = ((u'[c] - a) - z[c] b) rate.
 * dL/dgain[c] = sharded sum over rows of u[c] z[c] ; dL/dshift[c] = that of u[c] ; `parameters` is zero for all others.
 */
export interface NormalizeGradientNode {
  readonly kind: 'normalizeGradient';
  readonly of: NormalizeNode;
  readonly upstream: Value;
  readonly parameters: Value | undefined;
  readonly x: Value | undefined;
}

/** Functions by name are those of reference/float32.ts, the same bits everywhere; gelu_slope is gelu's derivative. */
export type UnaryOperation =
  | { readonly name: 'scale'; readonly by: number }
  | { readonly name: 'square' | 'exp' | 'log' | 'softplus' | 'sigmoid' | 'tanh' | 'gelu' | 'gelu_slope' }
  /** Limited to [low, high]: the larger of x and low, then the smaller of that and high. */
  | { readonly name: 'clip'; readonly low: number; readonly high: number };

/** out = operation(x), element by element. */
export interface UnaryNode {
  readonly kind: 'unary';
  readonly operation: UnaryOperation;
  readonly x: Value;
  readonly out: Value;
}

/** at_most: 1 where a <= b, else 0. */
export type BinaryOperation = 'add' | 'subtract' | 'multiply' | 'divide' | 'minimum' | 'maximum' | 'at_most';

/** out = a operation b, element by element; a scalar operand serves every element. */
export interface BinaryNode {
  readonly kind: 'binary';
  readonly operation: BinaryOperation;
  readonly a: Value;
  readonly b: Value;
  readonly out: Value;
}

/**
 * softmax: out[r, c] = e_c / (sum of e in order, from +0), e_c = exp(x[r, c] - largest of row r).
 * one_hot: 1 at the first of the largest of row r, else 0. Its gradient is straight through: that of the identity.
 */
export type RowwiseOperation = 'softmax' | 'one_hot';

/** out = operation over the columns of every row, of the shape of x. */
export interface RowwiseNode {
  readonly kind: 'rowwise';
  readonly operation: RowwiseOperation;
  readonly x: Value;
  readonly out: Value;
}

/** out[r, 0] = sum over columns of x[r, .], in order from +0. */
export interface RowSumNode {
  readonly kind: 'rowSum';
  readonly x: Value;
  readonly out: Value;
}

/** out[r, c] = x[r, 0] for every column c. The gradient of `rowSum`. */
export interface RepeatNode {
  readonly kind: 'repeat';
  readonly x: Value;
  readonly out: Value;
}

/** out = x in every element of an array. The gradient of `sum`. */
export interface ExpandNode {
  readonly kind: 'expand';
  readonly x: Value;
  readonly out: Value;
}

/** out = number of elements of an array: B * rows * width. */
export interface CountNode {
  readonly kind: 'count';
  readonly x: Value;
  readonly out: Value;
}

/** out = sum of all elements of an array, in float64 (sums.ts), rounded once. */
export interface SumNode {
  readonly kind: 'sum';
  readonly x: Value;
  readonly out: Value;
}

/** out = L2 norm over all networks' parameters in `xs` together, their squares summed in float64 (sums.ts), rounded once. */
export interface NormNode {
  readonly kind: 'norm';
  readonly xs: readonly Value[];
  readonly out: Value;
}

/**
 * One Adam step of a network, in place, element by element:
 * m <- beta1 m + (1 - beta1) g ; v <- beta2 v + (1 - beta2) (g g) ;
 * p <- p - stepSize (m / (sqrt(v) / correction + epsilon)).
 * The host computes stepSize and correction in float64 (optim/adam.ts), so either form of Adam fits. With weight decay w
 * (L2 regularisation), g is first replaced by g + (w p), for every parameter alike; without, nothing is added.
 */
export interface AdamNode {
  readonly kind: 'adam';
  readonly network: string;
  readonly gradient: Value;
  readonly stepSize: Value;
  readonly correction: Value;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay?: number;
}

/** Target update, in place: p' <- (1 - tau) p' + tau p for every parameter. tau is a scalar: 1 copies, 0 leaves. */
export interface SoftUpdateNode {
  readonly kind: 'softUpdate';
  readonly target: string;
  readonly online: string;
  readonly tau: Value;
}

/** Makes a value readable after a run under `name`. */
export interface OutputNode {
  readonly kind: 'output';
  readonly name: string;
  readonly x: Value;
}

export type Node =
  | InputNode
  | ScalarNode
  | ConstantNode
  | IdsNode
  | RowsNode
  | JointNode
  | NetworkNode
  | NetworkGradientNode
  | NormalizeNode
  | NormalizeGradientNode
  | UnaryNode
  | BinaryNode
  | RowwiseNode
  | RowSumNode
  | RepeatNode
  | ExpandNode
  | CountNode
  | SumNode
  | NormNode
  | AdamNode
  | SoftUpdateNode
  | OutputNode;

export interface UpdateGraph {
  /** The networks that the nodes name. */
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  readonly nodes: readonly Node[];
  readonly values: readonly Value[];
}

/** A fault of the program, not of its user: a graph that makes no sense. */
export class GraphError extends Error {}

export function describeShape(shape: Shape): string {
  if (shape.kind === 'scalar') return 'scalar';
  if (shape.kind === 'parameters') return `parameters of ${shape.network}`;
  return `${shape.kind === 'ids' ? 'ids ' : ''}[B, ${shape.rows}, ${shape.width}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return describeShape(a) === describeShape(b);
}

/** Rows of a value per sample; 1 for a scalar. */
export function rowsOf({ shape }: Value): number {
  return shape.kind === 'array' || shape.kind === 'ids' ? shape.rows : 1;
}

/** Columns of a value; 1 for a scalar. */
export function widthOf({ shape }: Value): number {
  return shape.kind === 'array' || shape.kind === 'ids' ? shape.width : 1;
}
