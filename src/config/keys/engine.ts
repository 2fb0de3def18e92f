/** Keys: compute backend. */
import { choice, either, integer } from '../key-types.ts';

export const engine = {
  engine: choice(['auto', 'wasm', 'tensorflow', 'reference'], {
    default: 'auto',
    doc: 'Compute backend. auto: wasm, which is exact to the last bit, or tensorflow if device is gpu, whatever is installed. `maddpg train` says when tensorflow would be faster; `maddpg doctor` lists what is available.',
  }),
  device: choice(['cpu', 'gpu'], {
    default: 'cpu',
    doc: "Where the engine computes. XuanCe's cuda, cuda:0, GPU and 0 mean gpu.",
  }),
  arithmetic: choice(['fused', 'plain'], {
    default: 'fused',
    before: 'plain',
    doc: 'How wasm and reference round sums of products in networks. fused: product and sum together, which is faster and more exact. plain: one after the other; runs from before this key resume with plain. Both give the same bits everywhere.',
  }),
  threads: either<'auto' | number>(
    [choice(['auto'], { default: 'auto', doc: '' }), integer({ default: 1, min: 1, max: 8, doc: '' })],
    {
      default: 'auto',
      expected: 'auto or an integer from 1 to 8',
      example: 2,
      doc: 'Threads of the engine. auto: one per core, at most four; wasm uses only one where that is faster. wasm and reference give the same results with any number.',
    },
  ),
};
