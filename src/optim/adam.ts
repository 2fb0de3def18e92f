/**
 * Host side of Adam: counts steps and turns a learning rate into the two factors of an `adam` node, in float64. Moments
 * live in the engine, next to the parameters.
 */
import { described } from '../core/described.ts';
import { pow } from '../core/math.ts';
import { nearest } from '../core/nearest.ts';
import { UserError } from '../core/user-error.ts';

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
}

export const ADAM_DEFAULTS: AdamOptions = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-5,
  form: 'torch',
};

/** Constructor options. */
export interface AdamSettings extends Partial<AdamOptions> {
  /** Learning rate if there is no scheduler. */
  readonly learningRate?: number;
}

/** Factors of one step; see AdamNode in engine/graph.ts. */
export interface AdamStep {
  readonly stepSize: number;
  readonly correction: number;
}

/** An Adam optimizer: options and step count. Create one per network to be trained. */
export class Adam {
  readonly options: AdamOptions;
  readonly learningRate: number | undefined;
  /** Steps taken so far. */
  steps = 0;

  /** Throws UserError if an option is unknown or invalid. */
  constructor(settings: AdamSettings = {}) {
    const { learningRate, ...options } = checked(settings);
    this.options = { ...ADAM_DEFAULTS, ...options };
    this.learningRate = learningRate;
  }

  /** Counts a step and returns its factors at this learning rate. */
  step(learningRate: number): AdamStep {
    this.steps += 1;
    const { beta1, beta2, form } = this.options;
    const correction1 = 1 - pow(beta1, this.steps);
    const correction2 = Math.sqrt(1 - pow(beta2, this.steps));
    return form === 'torch'
      ? { stepSize: learningRate / correction1, correction: correction2 }
      : { stepSize: (learningRate * correction2) / correction1, correction: 1 };
  }
}

/** Valid values by option. */
const OPTIONS: Readonly<
  Record<keyof AdamSettings, readonly [expected: string, fits: (x: unknown) => boolean]>
> = {
  learningRate: ['a number >= 0', (x) => isNumber(x) && x >= 0],
  beta1: ['a number >= 0 and < 1', (x) => isNumber(x) && x >= 0 && x < 1],
  beta2: ['a number >= 0 and < 1', (x) => isNumber(x) && x >= 0 && x < 1],
  epsilon: ['a number > 0', (x) => isNumber(x) && x > 0],
  form: ['torch or epsilon_hat', (x) => x === 'torch' || x === 'epsilon_hat'],
};

function isNumber(x: unknown): x is number {
  return typeof x === 'number' && Number.isFinite(x);
}

/** The given options without undefined ones. Throws UserError. */
function checked(settings: AdamSettings): AdamSettings {
  const given: unknown = settings;
  if (typeof given !== 'object' || given === null)
    throw new UserError(`Adam: expected options such as { learningRate: 0.01 }, got ${described(given)}`);
  const entries = Object.entries(given).filter(([, value]) => value !== undefined) as [string, unknown][];
  for (const [name, value] of entries) {
    const names = Object.keys(OPTIONS);
    if (!names.includes(name)) {
      const meant = name === 'lr' ? 'learningRate' : nearest(name, names);
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      throw new UserError(`Adam: expected options among ${names.join(', ')}, got ${described(name)}${hint}`);
    }
    const [expected, fits] = OPTIONS[name as keyof AdamSettings];
    if (!fits(value)) throw new UserError(`Adam: ${name}: expected ${expected}, got ${described(value)}`);
  }
  return Object.fromEntries(entries);
}
