import { describe, expect, it } from 'vitest';
import { Adam } from '../../src/optim/adam.ts';

/** One parameter moved by Adam as the factors say: p -= stepSize m / (sqrt(v) / correction + epsilon). */
function move(adam: Adam, gradients: readonly number[], learningRate: number): number {
  const { beta1, beta2, epsilon } = adam.options;
  let [p, m, v] = [0, 0, 0];
  for (const g of gradients) {
    const { stepSize, correction } = adam.step(learningRate);
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    p -= (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
  }
  return p;
}

describe('Adam', () => {
  it("gives PyTorch's factors: lr / (1 - beta1^t) and sqrt(1 - beta2^t)", () => {
    const adam = new Adam();
    const steps = [adam.step(0.01), adam.step(0.01), adam.step(0.02)];
    [0.01 / 0.1, 0.01 / 0.19, 0.02 / 0.271].forEach((stepSize, t) => {
      expect(steps[t]!.stepSize).toBeCloseTo(stepSize, 15);
    });
    [0.001, 0.001999, 0.002997001].forEach((square, t) => {
      expect(steps[t]!.correction).toBeCloseTo(Math.sqrt(square), 14);
    });
    expect(adam.steps).toBe(3);
  });

  it('with epsilon_hat moves both corrections into the step size', () => {
    const adam = new Adam({ form: 'epsilon_hat' });
    expect(adam.step(0.01)).toEqual({
      stepSize: expect.closeTo((0.01 * Math.sqrt(0.001)) / 0.1, 15) as number,
      correction: 1,
    });
  });

  it('makes a first step of the learning rate against the sign of the gradient, whatever its size', () => {
    for (const g of [1e-3, 1, 1e6])
      expect(move(new Adam({ epsilon: 1e-12 }), [g], 0.01)).toBeCloseTo(-0.01, 9);
    expect(move(new Adam({ epsilon: 1e-12 }), [-5], 0.01)).toBeCloseTo(0.01, 9);
  });

  it('differs between its forms by epsilon only', () => {
    const gradients = [0.3, -0.1, 0.7, 0.2];
    const form = (name: 'torch' | 'epsilon_hat', epsilon: number): number =>
      move(new Adam({ form: name, epsilon }), gradients, 0.01);
    expect(form('epsilon_hat', 1e-15)).toBeCloseTo(form('torch', 1e-15), 12);
    expect(Math.abs(form('epsilon_hat', 1e-2) - form('torch', 1e-2))).toBeGreaterThan(1e-4);
  });

  it("has XuanCe's epsilon, 1e-5, and the usual betas as defaults", () => {
    expect(new Adam().options).toEqual({
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-5,
      form: 'torch',
      weightDecay: 0,
    });
  });

  it('goes on where its count is set, as after a checkpoint', () => {
    const whole = new Adam();
    for (let t = 0; t < 5; t++) whole.step(0.1);
    const resumed = new Adam();
    resumed.steps = 5;
    expect(resumed.step(0.1)).toEqual(whole.step(0.1));
  });
});
