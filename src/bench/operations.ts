/** The floating-point operations of the matrix products in a graph: what its arithmetic demands of any engine. */
import type { Engine } from '../engine/engine.ts';
import {
  rowsOf,
  slotsOf,
  type NetworkGradientNode,
  type NetworkNode,
  type RecurrentGradientNode,
  type RecurrentNode,
  type UpdateGraph,
} from '../engine/graph.ts';
import { inputParts, type InputPart } from '../engine/lowering.ts';
import { layersOf, recurrentLayersOf } from '../engine/network-spec.ts';

/**
 * Two operations for each product and sum of a graph's networks, forward and backward. A part that agents share counts
 * once a slot, an id not at all (ARCHITECTURE.md). Element-wise work is left out.
 */
export function operationsOf(graph: UpdateGraph, batchSize: number): number {
  const products = graph.nodes.reduce((sum, node) => {
    if (node.kind === 'network') return sum + forward(graph, node);
    if (node.kind === 'recurrent') return sum + ofRecurrence(graph, node);
    if (node.kind === 'recurrentGradient') return sum + backwardOfRecurrence(graph, node);
    return node.kind === 'networkGradient' ? sum + backward(graph, node) : sum;
  }, 0);
  return 2 * batchSize * products;
}

/** Products a sample. */
function forward(graph: UpdateGraph, node: NetworkNode): number {
  return firstLayer(graph, node, inputParts(graph, node)) + laterLayers(graph, node);
}

/** The weights' gradients cost what the forward pass costs; so do the deltas, but for parts that need none. */
function backward(graph: UpdateGraph, { of, parameters, parts }: NetworkGradientNode): number {
  const wanted = inputParts(graph, of).filter((_, p) => parts[p] !== undefined);
  const weights = parameters ? forward(graph, of) : 0;
  return weights + laterLayers(graph, of) + firstLayer(graph, of, wanted);
}

/** The products of a recurrent layer with its input and its state. */
function ofRecurrence({ networks }: UpdateGraph, { network, layer, out }: RecurrentNode): number {
  const { inputs, width, gates } = recurrentLayersOf(networks.get(network)!)[layer]!;
  return rowsOf(out) * gates * (inputs + width);
}

function backwardOfRecurrence(graph: UpdateGraph, { of, parameters, x }: RecurrentGradientNode): number {
  const { inputs, width, gates } = recurrentLayersOf(graph.networks.get(of.network)!)[of.layer]!;
  const weights = parameters ? ofRecurrence(graph, of) : 0;
  return weights + rowsOf(of.out) * gates * (width + (x ? inputs : 0));
}

function firstLayer({ networks }: UpdateGraph, node: NetworkNode, parts: readonly InputPart[]): number {
  const { outputs } = layersOf(networks.get(node.network)!)[node.first]!;
  const rows = { shared: slotsOf(node.out), rows: rowsOf(node.out), ids: 0 };
  return parts.reduce((sum, { kind, width }) => sum + rows[kind] * width * outputs, 0);
}

function laterLayers({ networks }: UpdateGraph, { network, first, end, out }: NetworkNode): number {
  const layers = layersOf(networks.get(network)!).slice(first + 1, end);
  return layers.reduce((sum, { inputs, outputs }) => sum + rowsOf(out) * inputs * outputs, 0);
}

/** Counts the operations of the graphs that this engine compiles from now on, by batch size. */
export function countOperations(engine: Engine): ReadonlyMap<number, number> {
  const operations = new Map<number, number>();
  const createStore = engine.createStore.bind(engine);
  engine.createStore = (networks) => {
    const store = createStore(networks);
    const compile = store.compile.bind(store);
    store.compile = (graph, batchSize) => {
      operations.set(batchSize, (operations.get(batchSize) ?? 0) + operationsOf(graph, batchSize));
      return compile(graph, batchSize);
    };
    return store;
  };
  return operations;
}
