/** Peak FLOP rate of a core, for comparison in `maddpg bench`. */
import { nodeHost } from '../engine/wasm/host-node.ts';
import { instantiate, kernelsFor } from '../engine/wasm/kernels.ts';
import { LinearMemory } from '../engine/wasm/memory.ts';

/** Measures peak FLOP/s of one core with 128-bit SIMD: multiply and add in registers, without memory access. */
export async function measurePeak(): Promise<number> {
  const { memory } = new LinearMemory();
  const { module } = await kernelsFor(nodeHost, 'fused', memory);
  const kernels = instantiate(module, memory);
  const rounds = 200_000;
  let best = Infinity;
  for (let repeat = 0; repeat < 20; repeat++) {
    const before = performance.now();
    kernels.peak(rounds);
    best = Math.min(best, performance.now() - before);
  }
  return (rounds * 12 * 4 * 2) / (best / 1000);
}
