/**
 * Adam's host side: counts its steps and turns a learning rate into the two numbers that an `adam` node
 * takes. The moments live where the parameters live, in the engine. All in float64.
 */

/**
 * `torch`: p -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), as in PyTorch.
 * `epsilon_hat`: p -= lr sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps), as in MindSpore and TensorFlow
 * (Kingma and Ba 2015, section 2, the variant with epsilon hat).
 */
export type AdamForm = 'torch' | 'epsilon_hat';

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly form: AdamForm;
  /** L2 regularisation: this times the parameters is added to their gradient, before the moments, as in PyTorch's Adam. */
  readonly weightDecay: number;
}

export const ADAM_DEFAULTS: AdamOptions = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-5,
  form: 'torch',
  weightDecay: 0,
};

/** The factors of one step; see AdamNode in engine/graph.ts. */
export interface AdamStep {
  readonly stepSize: number;
  readonly correction: number;
}

export class Adam {
  readonly options: AdamOptions;
  /** Steps taken so far. */
  steps = 0;

  constructor(options: Partial<AdamOptions> = {}) {
    this.options = { ...ADAM_DEFAULTS, ...options };
  }

  /** Counts one step and returns its factors at this learning rate. */
  step(learningRate: number): AdamStep {
    this.steps += 1;
    const { beta1, beta2, form } = this.options;
    const correction1 = 1 - beta1 ** this.steps;
    const correction2 = Math.sqrt(1 - beta2 ** this.steps);
    return form === 'torch'
      ? { stepSize: learningRate / correction1, correction: correction2 }
      : { stepSize: (learningRate * correction2) / correction1, correction: 1 };
  }
}
