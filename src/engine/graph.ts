/**
 * The update graph: what an algorithm computes, as plain data. A learner describes its update once with GraphBuilder
 * (builder.ts); every engine compiles the result.
 *
 * A graph is a list of nodes, and **list order is execution order**: `adam` and `softUpdate` modify a network in place,
 * and later nodes see the change. Values are written once.
 *
 * Shapes. B is the batch size, fixed when a graph is compiled. `array` is [B, slots, rows, width], row-major. A sample is a
 * transition, with one slot, or an episode with a slot for each of its steps; row (b*slots + t)*rows + i belongs to agent i
 * in slot t of sample b; data shared by all agents has rows = 1. Only `slots` and `recurrent` mix slots; all other
 * operations take each on its own. `scalar` is one number. `parameters` has one
 * number per network parameter, in block order (network-spec.ts). `ids` occupies no memory: row i is the one-hot vector
 * of ids[i], `width` columns wide.
 *
 * Arithmetic is IEEE float32. Every operation is rounded separately, in the order each node states, so that engines can
 * agree bit for bit; only the sums of products in networks are fused, if `arithmetic` says so. Sums over rows are sharded
 * (sums.ts).
 */
import type { NetworkSpec } from './network-spec.ts';

export type Shape =
  | { readonly kind: 'array'; readonly slots: number; readonly rows: number; readonly width: number }
  | { readonly kind: 'scalar' }
  | { readonly kind: 'parameters'; readonly network: string }
  | { readonly kind: 'ids'; readonly rows: number; readonly width: number };

/** A node's result. `id` indexes UpdateGraph.values. */
export interface Value {
  readonly id: number;
  readonly shape: Shape;
}

/** An array that the caller fills before each run: batch columns, or noise drawn as `draw` says. */
export interface InputNode {
  readonly kind: 'input';
  readonly name: string;
  readonly draw?: Draw;
  readonly out: Value;
}

/** Distribution of a noise input; elements are independent. */
export type Draw =
  /** Standard normal, standard Gumbel. */
  | { readonly name: 'normal' | 'gumbel' }
  /** 0 with probability `rate`, else 1 / (1 - rate): inverted dropout. */
  | { readonly name: 'dropout'; readonly rate: number };

/** A number that the caller sets before a run: a step size, a bias correction. */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly name: string;
  readonly out: Value;
}

/** A number fixed in the graph, rounded to float32. */
export interface ConstantNode {
  readonly kind: 'constant';
  readonly value: number;
  readonly out: Value;
}

/** One-hot agent ids for the rows of a network: row i is e_{ids[i]}. Ids are distinct. */
export interface IdsNode {
  readonly kind: 'ids';
  readonly ids: readonly number[];
  readonly out: Value;
}

/** out[b, t, i, c] = x[b, t, 0, offsets[i] + c]: splits column blocks of a joint array into rows. */
export interface RowsNode {
  readonly kind: 'rows';
  readonly x: Value;
  readonly offsets: readonly number[];
  readonly out: Value;
}

/** out[b, t, 0, :] = x_0[b, t, row_0, :] ++ x_1[b, t, row_1, :] ++ ...: concatenates rows into a joint array. */
export interface JointNode {
  readonly kind: 'joint';
  readonly pieces: readonly { readonly x: Value; readonly row: number }[];
  readonly out: Value;
}

/** out[b, t, :] = x[b, from + t, :], and +0 where x has no such slot. */
export interface SlotsNode {
  readonly kind: 'slots';
  readonly x: Value;
  readonly from: number;
  readonly out: Value;
}

/**
 * Layers [first, end) of a network applied to B*slots*rows input rows. That is all layers unless an operation that cannot be
 * fused separates two of them (segments.ts); such operations are nodes of their own. An input row is the concatenation
 * of its `parts`. A part with one row, where the output has several, is shared by all rows of the slot; its
 * contribution is computed once per slot.
 *
 * First layer, per output o: s = sum over the columns of the shared parts in order, from +0, continued over the columns
 * of the parts with rows, in order; t = b[o], plus the weight of the row's id if there are ids; pre-activation = s + t.
 * (If the output has one row, every part counts as having rows.)
 * Other layers: pre-activation = (sum over inputs in order, from +0) + b[o].
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
 * Backward pass of a network node, from `upstream` = dL/d(out).
 *
 * delta_L = upstream * activation'(.) ; delta_{l-1}[r, i] = (sum over o in order of delta_l[r, o] W_l[o, i]) *
 * activation'(.) ; dW_l[o, i] = sum over rows of delta_l[r, o] x_l[r, i] ; db_l = sum over rows of delta_l.
 * Activation derivatives are computed from the output y: leaky_relu y > 0 ? 1 : slope; sigmoid y (1 - y);
 * tanh 1 - y y; elu y > 0 ? 1 : y + 1; none 1 (no multiplication).
 * First layer: for a shared part, the deltas of a slot's rows are first summed in row order, then multiplied once; an
 * id's column of dW_0 is the sharded sum over slots of its row's deltas.
 * `parameters`: dL/d(parameters), zero outside these layers. `parts[j]`: dL/d(part j), [B, rows of the part, width].
 */
export interface NetworkGradientNode {
  readonly kind: 'networkGradient';
  readonly of: NetworkNode;
  readonly upstream: Value;
  readonly parameters: Value | undefined;
  readonly parts: readonly (Value | undefined)[];
}

/**
 * A recurrent layer of a network, slot by slot, for each row i of a sample on its own: x [B, T, n, inputs] -> out, the h of
 * all slots, [B, T, n, width]. The state before slot 0 is `initial` (h, and c of an LSTM, [B, 1, n, width] each), or zero
 * if there is none. `cells`: the c of all slots.
 *
 * Gates are stacked in the rows of W_ih and W_hh in the order below, biases are PyTorch's two. Per gate k:
 * a[k] = (sum over inputs in order, from +0) + b_ih[k] ; v[k] = (sum over h in order, from +0) + b_hh[k].
 * GRU:  r = sigmoid(a_r + v_r) ; z = sigmoid(a_z + v_z) ; n = tanh(a_n + r v_n) ; h <- (1 - z) n + z h
 * LSTM: i, f, o = sigmoid(a + v) ; g = tanh(a_g + v_g) ; c <- f c + i g ; h <- o tanh(c)
 */
export interface RecurrentNode {
  readonly kind: 'recurrent';
  readonly network: string;
  readonly layer: number;
  readonly x: Value;
  readonly initial: readonly Value[];
  readonly out: Value;
  readonly cells: Value | undefined;
}

/**
 * Backward pass of a recurrent node through all slots, from `upstream` u = dL/d(out). `initial` is a constant, and `cells`
 * has no gradient. With e = 0 (and k = 0) behind the last slot, from the last slot to the first:
 *
 * GRU:  d = u + e ; dn = (d (1 - z)) (1 - n n) ; dz = (d (h - n)) (z (1 - z)) ; dr = (dn v_n) (r (1 - r)), where h is the
 *       state before ; da = [dr, dz, dn] ; dv = [dr, dz, dn r] ;
 *       e <- d z, continued by the sum over k in order of dv[k] W_hh[k, :]
 * LSTM: d = u + e ; do = (d q) (o (1 - o)), q = tanh(c) ; m = k + (d o) (1 - q q) ; di = (m g) (i (1 - i)) ;
 *       df = (m c) (f (1 - f)), where c is the one before ; dg = (m i) (1 - g g) ; da = dv = [di, df, dg, do] ;
 *       k <- m f ; e <- sum over k in order, from +0, of dv[k] W_hh[k, :]
 *
 * dW_ih, dW_hh, db_ih, db_hh are the sums over rows of da x, dv h (the state before), da and dv.
 * dL/dx = sum over k in order, from +0, of da[k] W_ih[k, :].
 */
export interface RecurrentGradientNode {
  readonly kind: 'recurrentGradient';
  readonly of: RecurrentNode;
  readonly upstream: Value;
  readonly parameters: Value | undefined;
  readonly x: Value | undefined;
}

/** Added to a row's variance before the square root, as in PyTorch. */
export const NORMALIZATION_EPSILON = 1e-5;

/**
 * Layer normalisation (Ba, Kiros and Hinton 2016) of each row, using the gain and shift of layer `layer` of a network.
 * Means are lane sums (sums.ts, element c of a row in lane c mod 4) divided in float64, then rounded:
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
 * Backward pass of a normalize node, from `upstream` u = dL/d(out). With u'[c] = u[c] gain[c], and a and b the row
 * means (as above) of u'[c] and u'[c] z[c]: dL/dx[c] = ((u'[c] - a) - z[c] b) rate.
 * dL/dgain[c] = sharded sum over rows of u[c] z[c] ; dL/dshift[c] = sharded sum of u[c] ;
 * `parameters` is zero elsewhere.
 */
export interface NormalizeGradientNode {
  readonly kind: 'normalizeGradient';
  readonly of: NormalizeNode;
  readonly upstream: Value;
  readonly parameters: Value | undefined;
  readonly x: Value | undefined;
}

/** Transcendental functions are those of reference/float32.ts, bit for bit. */
export type UnaryOperation =
  | { readonly name: 'scale'; readonly by: number }
  | { readonly name: 'square' | 'exp' | 'log' | 'softplus' | 'sigmoid' | 'tanh' }
  /** min(max(x, low), high) */
  | { readonly name: 'clip'; readonly low: number; readonly high: number };

/** out = operation(x), element-wise. */
export interface UnaryNode {
  readonly kind: 'unary';
  readonly operation: UnaryOperation;
  readonly x: Value;
  readonly out: Value;
}

/** at_most: 1 where a <= b, else 0. */
export type BinaryOperation = 'add' | 'subtract' | 'multiply' | 'divide' | 'minimum' | 'maximum' | 'at_most';

/** out = a operation b, element-wise; a scalar operand is broadcast. */
export interface BinaryNode {
  readonly kind: 'binary';
  readonly operation: BinaryOperation;
  readonly a: Value;
  readonly b: Value;
  readonly out: Value;
}

/**
 * softmax: out[r, c] = e_c / (sum of e in order, from +0), e_c = exp(x[r, c] - max of row r).
 * one_hot: 1 at the first maximum of row r, else 0, with the straight-through gradient (identity).
 */
export type RowwiseOperation = 'softmax' | 'one_hot';

/** out = operation(row) for each row of x; same shape as x. */
export interface RowwiseNode {
  readonly kind: 'rowwise';
  readonly operation: RowwiseOperation;
  readonly x: Value;
  readonly out: Value;
}

/** out[r, 0] = sum of x[r, :] in column order, from +0. */
export interface RowSumNode {
  readonly kind: 'rowSum';
  readonly x: Value;
  readonly out: Value;
}

/** out[r, c] = x[r, 0] for all c. The gradient of `rowSum`. */
export interface RepeatNode {
  readonly kind: 'repeat';
  readonly x: Value;
  readonly out: Value;
}

/** Fills an array with scalar x. The gradient of `sum`. */
export interface ExpandNode {
  readonly kind: 'expand';
  readonly x: Value;
  readonly out: Value;
}

/** out = number of elements of x: B * slots * rows * width. */
export interface CountNode {
  readonly kind: 'count';
  readonly x: Value;
  readonly out: Value;
}

/** out = sum of all elements of x, in float64 (sums.ts), rounded once. */
export interface SumNode {
  readonly kind: 'sum';
  readonly x: Value;
  readonly out: Value;
}

/** out = global L2 norm over all `xs` (kind `parameters`); squares are summed in float64 (sums.ts), rounded once. */
export interface NormNode {
  readonly kind: 'norm';
  readonly xs: readonly Value[];
  readonly out: Value;
}

/**
 * One Adam step of a network, in place, element-wise:
 * m <- beta1 m + (1 - beta1) g ; v <- beta2 v + (1 - beta2) (g g) ;
 * p <- p - stepSize (m / (sqrt(v) / correction + epsilon)).
 * The host computes stepSize and correction in float64 (optim/adam.ts), so any form of bias correction fits.
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
}

/** Soft update of a target network, in place: p' <- (1 - tau) p' + tau p. tau is a scalar: 1 copies, 0 does nothing. */
export interface SoftUpdateNode {
  readonly kind: 'softUpdate';
  readonly target: string;
  readonly online: string;
  readonly tau: Value;
}

/** Makes x readable as `name` after a run. */
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
  | SlotsNode
  | NetworkNode
  | NetworkGradientNode
  | RecurrentNode
  | RecurrentGradientNode
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
  /** The networks that nodes refer to, by name. */
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  readonly nodes: readonly Node[];
  readonly values: readonly Value[];
}

/** An invalid graph: a bug in an algorithm, not a user error. */
export class GraphError extends Error {}

export function describeShape(shape: Shape): string {
  if (shape.kind === 'scalar') return 'scalar';
  if (shape.kind === 'parameters') return `parameters of ${shape.network}`;
  if (shape.kind === 'ids') return `ids [B, ${shape.rows}, ${shape.width}]`;
  return `[B, ${shape.slots > 1 ? `${shape.slots}, ` : ''}${shape.rows}, ${shape.width}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return describeShape(a) === describeShape(b);
}

/** Rows of a value per sample, in all its slots; 1 for a scalar. */
export function rowsOf({ shape }: Value): number {
  if (shape.kind === 'ids') return shape.rows;
  return shape.kind === 'array' ? shape.slots * shape.rows : 1;
}

/** Slots of a value; 1 for anything but an array. */
export function slotsOf({ shape }: Value): number {
  return shape.kind === 'array' ? shape.slots : 1;
}

/** Columns of a value; 1 for a scalar. */
export function widthOf({ shape }: Value): number {
  return shape.kind === 'array' || shape.kind === 'ids' ? shape.width : 1;
}
