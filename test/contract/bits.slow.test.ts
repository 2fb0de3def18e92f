/**
 * Exact engines equal the reference bit for bit: parameters, moments, gradients, info and actions, over random
 * networks, samples and settings. A failure prints the seed and the case that reproduce it.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { Learner, UpdateInfo } from '../../src/learners/learner.ts';
import type { Batch } from '../../src/replay/batch.ts';
import { EXACT_ENGINES, PLAIN_ENGINES, PLAIN_REFERENCE, REFERENCE } from './engines.ts';
import {
  episodesFor,
  inferringLearners,
  learnerOn,
  noiseFor,
  playersFor,
  randomLearners,
  recurrentLearners,
  samplesFor,
  type RandomLearner,
} from './random-learner.ts';

const UPDATES = 2;

/** Everything a learner computes in UPDATES updates, by name. */
function numbersOf(learner: Learner, random: RandomLearner): Map<string, Float32Array | UpdateInfo> {
  const numbers = new Map<string, Float32Array | UpdateInfo>();
  const states = learner.policy.states(random.batchSize);
  for (let k = 0; k < UPDATES; k++) {
    const noise = noiseFor(learner, random, k);
    const samples = samplesFor(learner, random, k);
    const [sample] = samples as [Batch];
    const players = playersFor(learner, random, k);
    const learned = random.recurrent ? episodesFor(learner, random, k) : samples;
    numbers.set(`info ${k}`, learner.update(learned, noise));
    for (const [network, gradient] of learner.gradients())
      numbers.set(`gradient of ${network} ${k}`, gradient);
    const errors = new Float32Array(random.batchSize);
    learner.readErrors(errors);
    numbers.set(`errors ${k}`, errors);
    numbers.set(`actions ${k}`, learner.policy.act(sample.obs, 'online', players, undefined, states).slice());
    const drawn = learner.policy.sample(sample.obs, sample.actions, players, undefined, states);
    numbers.set(`samples ${k}`, drawn.slice());
    states.all.forEach(({ values }, s) => numbers.set(`state ${s} ${k}`, values.slice()));
  }
  for (const section of ['parameters', 'exp_avg', 'exp_avg_sq'] as const)
    for (const [name, { data }] of learner.policy.tensors(section)) numbers.set(`${section} ${name}`, data);
  return numbers;
}

/** toEqual for Float32Arrays, but much faster: NaN equals NaN, -0 does not equal 0. */
function same(got: unknown, want: unknown): boolean {
  return (
    got instanceof Float32Array &&
    want instanceof Float32Array &&
    got.length === want.length &&
    got.every((x, k) => Object.is(x, want[k]))
  );
}

describe.each([
  ['fused', REFERENCE, EXACT_ENGINES],
  ['plain', PLAIN_REFERENCE, PLAIN_ENGINES],
] as const)('exact engines, arithmetic %s', (_, oracle, exact) => {
  let reference: Engine;
  const engines = new Map<string, Engine>();
  beforeAll(async () => {
    reference = await oracle.create();
    for (const { name, create } of exact) engines.set(name, await create());
  });
  afterAll(() => {
    for (const engine of engines.values()) engine.dispose();
  });

  it('declare themselves exact', () => {
    for (const [name, engine] of engines) expect(engine.exact, name).toBe(true);
  });

  it.each([
    ['any settings', randomLearners, 40],
    ['inferred policies', inferringLearners, 8],
    ['recurrent layers', recurrentLearners, 20],
  ] as const)('equal the reference engine bit for bit with %s', (_settings, learners, numRuns) => {
    fc.assert(
      fc.property(learners, (random) => {
        const want = numbersOf(learnerOn(reference, random), random);
        for (const [engineName, engine] of engines) {
          const got = numbersOf(learnerOn(engine, random), random);
          for (const [name, value] of want)
            if (!same(got.get(name), value)) expect(got.get(name), `${name}, ${engineName}`).toEqual(value);
        }
      }),
      { numRuns },
    );
  });
});
