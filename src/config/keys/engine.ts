/** Keys: compute backend. */
import { choice, either, integer } from '../key-types.ts';

export const engine = {
  engine: choice(['auto', 'wasm', 'tensorflow', 'reference'], {
    default: 'auto',
    doc: 'Compute backend. auto: wasm, which is exact to the last bit; tensorflow if device is gpu. What is installed does not matter: `maddpg train` says where tensorflow would be faster. `maddpg doctor` lists what is available.',
  }),
  device: choice(['cpu', 'gpu'], {
    default: 'cpu',
    doc: "Where the engine computes. XuanCe's cuda, cuda:0, GPU and 0 mean gpu.",
  }),
  arithmetic: choice(['fused', 'plain'], {
    default: 'fused',
    before: 'plain',
    doc: 'How wasm and reference sum products in networks: fused rounds product and sum together, which is faster and more exact; plain one after the other, as before this key: runs that lack it go on with it. Either gives the same bits everywhere.',
  }),
  threads: either<'auto' | number>(
    [choice(['auto'], { default: 'auto', doc: '' }), integer({ default: 1, min: 1, max: 8, doc: '' })],
    {
      default: 'auto',
      expected: 'auto or an integer from 1 to 8',
      example: 2,
      doc: 'Threads of the engine. auto: all cores, at most four; where wasm is faster on one of them, it uses one. wasm and reference give the same results with any number.',
    },
  ),
};
