/** Keys of the configuration. What computes, and where. The table is put together in ../keys.ts. */
import { choice, either, integer } from '../key-types.ts';

export const engine = {
  engine: choice(['auto', 'wasm', 'tensorflow', 'reference'], {
    default: 'auto',
    doc: 'What computes networks and updates. auto is wasm, whose results are exact to the last bit; where @tensorflow/tfjs-node is installed and a hidden layer has 128 units or more, or device is gpu, it is tensorflow. `maddpg doctor` lists them.',
  }),
  device: choice(['cpu', 'gpu'], {
    default: 'cpu',
    doc: "Where the engine computes. XuanCe's cuda and cuda:0 mean gpu.",
  }),
  threads: either<'auto' | number>(
    [choice(['auto'], { default: 'auto', doc: '' }), integer({ default: 1, min: 1, max: 8, doc: '' })],
    {
      default: 'auto',
      expected: 'auto or an integer from 1 to 8',
      example: 2,
      doc: 'Threads that the engine may use. Engines reference and wasm give the same result with any number.',
    },
  ),
};
