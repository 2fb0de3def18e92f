/** Keys: exploration during training. */
import { integer, number } from '../key-types.ts';

export const exploration = {
  start_noise: number({
    default: 1.0,
    min: 0,
    defaultText: '1, or sigma if end_noise is not given either',
    doc: 'Standard deviation of the exploration noise at step 0, annealed linearly to end_noise over running_steps.',
  }),
  end_noise: number({
    default: 0.01,
    min: 0,
    defaultText: '0.01, or sigma if start_noise is not given either',
    doc: 'Standard deviation of the exploration noise at the last step.',
  }),
  sigma: number({
    default: 0.1,
    min: 0,
    doc: 'Constant standard deviation of the exploration noise if neither start_noise nor end_noise is given.',
  }),
  uniform_steps: integer({
    default: 0,
    min: 0,
    unit: 'steps',
    doc: 'Initial steps with uniformly random actions.',
  }),
};
