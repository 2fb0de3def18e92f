/** Keys of the configuration. How actions differ from the policy while it learns. The table is put together in ../keys.ts. */
import { choice, integer, number } from '../key-types.ts';

const SIGMA = 0.1;

export const exploration = {
  start_noise: number({
    default: 1.0,
    min: 0,
    defaultText: '1, or sigma where neither start_noise nor end_noise is given',
    doc: 'Standard deviation of the Gaussian exploration noise at step 0; it goes linearly to end_noise over running_steps.',
  }),
  end_noise: number({
    default: 0.01,
    min: 0,
    defaultText: '0.01, or sigma where neither start_noise nor end_noise is given',
    doc: 'Standard deviation of the exploration noise at the last step.',
  }),
  noise_process: choice(['gaussian', 'ornstein_uhlenbeck'], {
    default: 'gaussian',
    doc: 'Exploration noise from step to step: independent (gaussian), or pulled back to 0 by noise_theta from 0 at the start of an episode (ornstein_uhlenbeck). start_noise, end_noise and sigma scale both.',
  }),
  noise_theta: number({
    default: 0.15,
    above: 0,
    max: 1,
    doc: 'Share of its value that Ornstein-Uhlenbeck noise loses in a step, x <- (1 - noise_theta) x + normal: 1 is Gaussian noise, and at 0.15 its deviation becomes 1.9 times start_noise.',
  }),
  sigma: number({
    default: SIGMA,
    min: 0,
    doc: 'Constant standard deviation of the exploration noise where neither start_noise nor end_noise is given.',
  }),
  uniform_steps: integer({
    default: 0,
    min: 0,
    unit: 'steps',
    doc: 'Steps at the start whose actions are drawn uniformly instead of from the actors.',
  }),
  epsilon_uniform: number({
    default: 0,
    min: 0,
    max: 1,
    doc: "Probability that an agent's action of a step is drawn uniformly instead of from its actor, throughout the training.",
  }),
};
