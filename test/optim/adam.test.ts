import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { Adam, ADAM_DEFAULTS, type AdamSettings } from '../../src/optim/adam.ts';

/** Adam on one parameter: p -= stepSize m / (sqrt(v) / correction + epsilon). */
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
  it('torch: factors are lr / (1 - beta1^t) and sqrt(1 - beta2^t)', () => {
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

  it('the same bits on every engine, whose ** differ here', () => {
    const adam = new Adam();
    adam.steps = 15;
    expect(adam.step(1).correction).toBe(Math.sqrt(1 - 0.9841194418156399));
  });

  it('epsilon_hat: both corrections are in the step size', () => {
    const adam = new Adam({ form: 'epsilon_hat' });
    expect(adam.step(0.01)).toEqual({
      stepSize: expect.closeTo((0.01 * Math.sqrt(0.001)) / 0.1, 15) as number,
      correction: 1,
    });
  });

  it('makes a first step of learning rate times gradient sign', () => {
    for (const g of [1e-3, 1, 1e6])
      expect(move(new Adam({ epsilon: 1e-12 }), [g], 0.01)).toBeCloseTo(-0.01, 9);
    expect(move(new Adam({ epsilon: 1e-12 }), [-5], 0.01)).toBeCloseTo(0.01, 9);
  });

  it('torch and epsilon_hat differ by epsilon only', () => {
    const gradients = [0.3, -0.1, 0.7, 0.2];
    const form = (name: 'torch' | 'epsilon_hat', epsilon: number): number =>
      move(new Adam({ form: name, epsilon }), gradients, 0.01);
    expect(form('epsilon_hat', 1e-15)).toBeCloseTo(form('torch', 1e-15), 12);
    expect(Math.abs(form('epsilon_hat', 1e-2) - form('torch', 1e-2))).toBeGreaterThan(1e-4);
  });

  it("defaults to XuanCe's epsilon, 1e-5, and the usual betas", () => {
    expect(new Adam().options).toEqual({
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-5,
      form: 'torch',
    });
  });

  it('continues from a restored step count', () => {
    const whole = new Adam();
    for (let t = 0; t < 5; t++) whole.step(0.1);
    const resumed = new Adam();
    resumed.steps = 5;
    expect(resumed.step(0.1)).toEqual(whole.step(0.1));
  });

  it('keeps its learning rate separate from its options', () => {
    const adam = new Adam({ learningRate: 0.02, beta1: 0.5 });
    expect(adam.learningRate).toBe(0.02);
    expect(adam.options).toEqual({ ...ADAM_DEFAULTS, beta1: 0.5 });
    const unset: object = { beta2: undefined };
    expect(new Adam(unset).options).toEqual(ADAM_DEFAULTS);
    expect(new Adam().learningRate).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [0.01, 'Adam: expected options such as { learningRate: 0.01 }, got 0.01'],
    [null, 'Adam: expected options such as { learningRate: 0.01 }, got none'],
    [
      { lr: 0.01 },
      'Adam: expected options among learningRate, beta1, beta2, epsilon, form, got "lr"; did you mean learningRate?',
    ],
    [
      { weight_decay: 0.01 },
      'Adam: expected options among learningRate, beta1, beta2, epsilon, form, got "weight_decay"',
    ],
    [{ learningRate: '0.01' }, 'Adam: learningRate: expected a number >= 0, got "0.01"'],
    [{ learningRate: -1 }, 'Adam: learningRate: expected a number >= 0, got -1'],
    [{ beta1: 1 }, 'Adam: beta1: expected a number >= 0 and < 1, got 1'],
    [{ beta2: NaN }, 'Adam: beta2: expected a number >= 0 and < 1, got NaN'],
    [{ epsilon: 0 }, 'Adam: epsilon: expected a number > 0, got 0'],
    [{ form: 'keras' }, 'Adam: form: expected torch or epsilon_hat, got "keras"'],
  ])('refuses %j', (settings, message) => {
    expect(() => new Adam(settings as AdamSettings)).toThrow(new UserError(message));
  });
});
