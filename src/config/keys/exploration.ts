/** Keys: exploration during training. */
import { choice, integer, number } from '../key-types.ts';

export const exploration = {
  start_noise: number({
    default: 1.0,
    min: 0,
    defaultText: '1, or sigma if end_noise is not given either',
    doc: 'Standard deviation of the exploration noise at step 0, from which it goes linearly to end_noise over running_steps.',
  }),
  end_noise: number({
    default: 0.01,
    min: 0,
    defaultText: '0.01, or sigma if start_noise is not given either',
    doc: 'Standard deviation of the exploration noise at the last step.',
  }),
  noise_process: choice(['gaussian', 'ornstein_uhlenbeck'], {
    default: 'gaussian',
    doc: 'Exploration noise: gaussian (independent draws), or ornstein_uhlenbeck (reverting to 0 at rate noise_theta, from 0 at each episode start). Both are scaled by start_noise and end_noise, or sigma.',
  }),
  noise_theta: number({
    default: 0.15,
    above: 0,
    max: 1,
    doc: 'Ornstein-Uhlenbeck noise: x <- (1 - noise_theta) x + normal. 1 is Gaussian noise; at 0.15 the standard deviation settles at 1.9 times that of the draws.',
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
  epsilon_uniform: number({
    default: 0,
    min: 0,
    max: 1,
    doc: 'Probability that an agent takes a uniformly random action in a step, throughout training.',
  }),
};
