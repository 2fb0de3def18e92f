/** The matrix products of the WebAssembly engine one by one, in every build of its kernels that this machine runs. */
import { nodeHost } from '../engine/wasm/host-node.ts';
import * as ACTIVATION from '../engine/wasm/codes/activations.ts';
import * as FINISH from '../engine/wasm/codes/finish.ts';
import * as OP from '../engine/wasm/codes/opcodes.ts';
import { instantiate, type KernelBuild, type Kernels } from '../engine/wasm/kernels.ts';
import { LinearMemory, padded, rowStride } from '../engine/wasm/memory.ts';
import { TapeWriter } from '../engine/wasm/tape.ts';
import { FastStream } from '../core/random.ts';
import { median, repeat } from './sampling.ts';

export interface KernelFigure {
  readonly build: KernelBuild;
  readonly kernel: 'matmul' | 'weightGradient';
  /** [rows, inputs] by [inputs, outputs] */
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Median. */
  readonly us: number;
  readonly gflops: number;
  /** Of the fastest call. */
  readonly gflops_max: number;
}

/** Layers of simple_spread: acting of 16 environments, the documented batch, and a wide network. */
const SHAPES = [
  { rows: 48, inputs: 18, outputs: 64 },
  { rows: 768, inputs: 18, outputs: 64 },
  { rows: 768, inputs: 64, outputs: 64 },
  { rows: 768, inputs: 64, outputs: 5 },
  { rows: 768, inputs: 64, outputs: 1 },
  { rows: 3072, inputs: 256, outputs: 256 },
] as const;

type Shape = (typeof SHAPES)[number];

const BUILDS: readonly KernelBuild[] = ['fused', 'plain', 'emulated'];

/** Rows of a gradient's shard follow one another, so one sample is a row. */
const ONE_ROW = 1;

export async function benchmarkKernels(note: (line: string) => void): Promise<KernelFigure[]> {
  const figures: KernelFigure[] = [];
  for (const build of BUILDS) {
    const module = await nodeHost.kernels(build);
    if (!module) continue;
    note(`kernels: ${build}`);
    const memory = new LinearMemory();
    const kernels = instantiate(module, memory.memory);
    for (const kernel of ['matmul', 'weightGradient'] as const)
      for (const shape of SHAPES) {
        const tape = kernel === 'matmul' ? matmulTape(memory, shape) : gradientTape(memory, shape);
        figures.push({ build, kernel, ...shape, ...measure(kernels, tape, shape) });
      }
  }
  return figures;
}

function measure(
  kernels: Kernels,
  tape: number,
  { rows, inputs, outputs }: Shape,
): Pick<KernelFigure, 'us' | 'gflops' | 'gflops_max'> {
  const times = repeat(() => kernels.start(tape, 1), 10, 150);
  const gflops = (ms: number): number => (2 * rows * inputs * outputs) / (ms * 1e6);
  const ms = median(times);
  return { us: ms * 1000, gflops: gflops(ms), gflops_max: gflops(Math.min(...times)) };
}

/** y = leaky_relu(x W + b) */
function matmulTape(memory: LinearMemory, { rows, inputs, outputs }: Shape): number {
  const [x, y] = [matrix(memory, rows, inputs), matrix(memory, rows, outputs)];
  const panels = random(memory, inputs * padded(outputs, 8));
  const bias = random(memory, padded(outputs, 8));
  const stride = rowStride(outputs) * 4;
  return tapeOf(memory, rows, OP.matmul, [
    ...[ONE_ROW, x, rowStride(inputs) * 4, inputs, panels, 0, outputs, y, stride],
    ...[0, stride, 0, FINISH.activate, bias, 0, 0, 0, stride, ACTIVATION.leaky_relu, { real: 0.01 }, ONE_ROW],
  ]);
}

/** dW = delta^T x in eight shards */
function gradientTape(memory: LinearMemory, { rows, inputs, outputs }: Shape): number {
  const [x, delta] = [matrix(memory, rows, inputs), matrix(memory, rows, outputs)];
  const columns = padded(inputs, 8);
  const shards = memory.floats(8 * outputs * columns);
  return tapeOf(memory, rows, OP.weightGradient, [
    ...[ONE_ROW, delta, rowStride(outputs) * 4, outputs, x, rowStride(inputs) * 4, columns / 8],
    ...[shards, outputs * columns * 4, columns * 4],
  ]);
}

function tapeOf(
  memory: LinearMemory,
  rows: number,
  op: number,
  args: Parameters<TapeWriter['call']>[1],
): number {
  const writer = new TapeWriter(rows, 1);
  writer.call(op, args, [], []);
  const words = writer.finish();
  const at = memory.allocate(words.byteLength);
  memory.words(at, words.length).set(words);
  return at;
}

/** Rows padded as the engine pads them. */
function matrix(memory: LinearMemory, rows: number, columns: number): number {
  return random(memory, rows * rowStride(columns));
}

function random(memory: LinearMemory, length: number): number {
  const at = memory.floats(length);
  new FastStream(at, 'bench').fillNormal(memory.view(at, length), 1);
  return at;
}
