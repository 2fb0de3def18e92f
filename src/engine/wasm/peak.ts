/**
 * Peak arithmetic rate of a core, which `maddpg bench` prints for comparison. The only code in engine/ that reads a
 * clock.
 */
import { instantiate, loadKernels } from './kernels.ts';
import { LinearMemory } from './memory.ts';

/** Peak operations per second of one core with 128-bit SIMD: products and sums in registers, no memory access. */
export async function measurePeak(): Promise<number> {
  const module = await loadKernels();
  const kernels = instantiate(module, new LinearMemory().memory);
  const rounds = 200_000;
  let best = Infinity;
  for (let repeat = 0; repeat < 20; repeat++) {
    const before = performance.now();
    kernels.peak(rounds);
    best = Math.min(best, performance.now() - before);
  }
  return (rounds * 12 * 4 * 2) / (best / 1000);
}
