/** Successive halving: who is promoted, whatever the order in which groups finish. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupScore, nextStep, waiting, type Contender, type Step } from '../../src/sweep/halving.ts';
import type { Halving } from '../../src/sweep/trial.ts';

const THIRD: Halving = { steps: [100], keep: 0.333 };

/** Groups a, b, c ... with these scores at each rung; none trains. */
const finished = (...scores: readonly (readonly number[])[]): Contender[] =>
  scores.map((own, k) => ({ group: String.fromCharCode(97 + k), scores: own, begun: own.length }));

const train = (contenders: readonly Contender[], group: string): Contender[] =>
  contenders.map((one) => (one.group === group ? { ...one, begun: one.begun + 1 } : one));

interface Search {
  readonly halving: Halving;
  /** Scores, [group][rung]. */
  readonly scores: readonly (readonly number[])[];
  readonly workers: number;
  /** Which of the groups that train finishes next, modulo their number. */
  readonly order: readonly number[];
}

interface Outcome {
  readonly contenders: readonly Contender[];
  /** Steps in order, with the groups as they were. */
  readonly steps: readonly { readonly step: Step; readonly before: readonly Contender[] }[];
}

function search({ halving, scores, workers, order }: Search): Outcome {
  let contenders: Contender[] = scores.map((_, k) => ({ group: `g${k}`, scores: [], begun: 0 }));
  const steps: Outcome['steps'][number][] = [];
  const training: Step[] = [];
  for (let ended = 0; ; ended++) {
    for (let step; training.length < workers && (step = nextStep(contenders, halving));) {
      steps.push({ step, before: contenders });
      training.push(step);
      contenders = train(contenders, step.group);
    }
    if (training.length === 0) return { contenders, steps };
    const [{ group, rung }] = training.splice((order[ended % order.length] ?? 0) % training.length, 1) as [
      Step,
    ];
    contenders = contenders.map((one, k) =>
      one.group === group ? { ...one, scores: [...one.scores, scores[k]![rung]!] } : one,
    );
  }
}

/** The steps of each rung if all of them finish before any of the next begins. */
function together(halving: Halving, scores: Search['scores']): Step[][] {
  let contenders: Contender[] = scores.map((_, k) => ({ group: `g${k}`, scores: [], begun: 0 }));
  const rungs: Step[][] = [];
  for (;;) {
    const begun: Step[] = [];
    for (let step; (step = nextStep(contenders, halving)); contenders = train(contenders, step.group))
      begun.push(step);
    if (begun.length === 0) return rungs;
    rungs.push(begun);
    contenders = contenders.map((one, k) => ({ ...one, scores: scores[k]!.slice(0, one.begun) }));
  }
}

const halvings: fc.Arbitrary<Halving> = fc.record({
  steps: fc.constantFrom([10], [10, 20], [10, 20, 40]),
  keep: fc.constantFrom(0.25, 0.333, 0.5, 0.7),
});

const searches = (score: fc.Arbitrary<number>): fc.Arbitrary<Search> =>
  halvings.chain((halving) => {
    const rungs = halving.steps.length + 1;
    return fc.record({
      halving: fc.constant(halving),
      scores: fc.array(fc.array(score, { minLength: rungs, maxLength: rungs }), {
        minLength: 1,
        maxLength: 24,
      }),
      workers: fc.integer({ min: 1, max: 8 }),
      order: fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
    });
  });

const numbers = fc.integer({ min: -9, max: 9 });
const numbersOrNaN = fc.oneof({ weight: 4, arbitrary: numbers }, { weight: 1, arbitrary: fc.constant(NaN) });

const EXACT: Readonly<Record<number, number>> = { 0.333: 1 / 3 };
const share = (keep: number, k: number): number => Math.floor((EXACT[keep] ?? keep) * k + 1e-9);
/** Groups that are better than this one at a rung. */
const betterThan = (own: number, contenders: readonly Contender[], rung: number): number =>
  contenders.filter(({ scores }) => scores.length > rung && scores[rung]! > own).length;

describe('successive halving', () => {
  it('begins groups in order until three have finished, then promotes the best of them', () => {
    const one = finished([-5], [-4], [], []);
    expect(nextStep(one, THIRD)).toEqual({ group: 'c', rung: 0 });
    expect(nextStep(train(one, 'c'), THIRD)).toEqual({ group: 'd', rung: 0 });
    const three = finished([-5], [-4], [-6], []);
    expect(nextStep(three, THIRD)).toEqual({ group: 'b', rung: 1 });
    expect(nextStep(train(three, 'b'), THIRD)).toEqual({ group: 'd', rung: 0 });
  });

  it('promotes from the highest rung first, ties by order', () => {
    const halving = { steps: [100, 200], keep: 0.5 };
    const groups = finished([1, 1], [1, 1], [0], [1], [1], [0]);
    expect(nextStep(groups, halving)).toEqual({ group: 'a', rung: 2 });
    expect(nextStep(train(groups, 'a'), halving)).toEqual({ group: 'd', rung: 1 });
  });

  it('waits for what trains, and then promotes the best of too few', () => {
    const two = finished([3], [4]);
    expect(nextStep(train(finished([3], []), 'b'), THIRD)).toBeUndefined();
    expect(nextStep(two, THIRD)).toEqual({ group: 'b', rung: 1 });
    expect(nextStep(train(two, 'b'), THIRD)).toBeUndefined();
    expect(nextStep(finished([3], [4, 5]), THIRD)).toBeUndefined();
  });

  it('never promotes a group without a finite score', () => {
    expect(nextStep(finished([NaN], [-Infinity], [NaN]), THIRD)).toBeUndefined();
    expect(nextStep(finished([NaN], [-7], [NaN]), THIRD)).toEqual({ group: 'b', rung: 1 });
  });

  it('takes 0.33 and 0.333 for a third, 0.67 for two, and 0.29 as it is', () => {
    const promoted = (groups: number, keep: number): number =>
      together(
        { steps: [1], keep },
        Array.from({ length: groups }, (_, k) => [k, k]),
      )[1]!.length;
    expect([0.33, 0.333, 0.67, 0.34].map((keep) => promoted(300, keep))).toEqual([100, 100, 200, 102]);
    expect(promoted(100, 0.29)).toBe(29);
  });

  it('begins every group, and each rung of a group once and in order, whatever the order of completion', () => {
    fc.assert(
      fc.property(searches(numbersOrNaN), (given) => {
        const { contenders, steps } = search(given);
        for (const [k, { scores, begun, group }] of contenders.entries()) {
          expect(begun).toBeGreaterThanOrEqual(1);
          expect(scores).toEqual(given.scores[k]!.slice(0, begun));
          const rungs = steps.filter(({ step }) => step.group === group).map(({ step }) => step.rung);
          expect(rungs).toEqual(Array.from({ length: begun }, (_, rung) => rung));
        }
      }),
    );
  });

  it('promotes only the best share of those finished, or the best alone', () => {
    fc.assert(
      fc.property(searches(numbersOrNaN), (given) => {
        for (const { step, before } of search(given).steps.filter(({ step: { rung } }) => rung > 0)) {
          const from = step.rung - 1;
          const own = before.find(({ group }) => group === step.group)!.scores[from]!;
          const known = before.filter(({ scores }) => scores.length > from).length;
          expect(own).not.toBeNaN();
          expect(betterThan(own, before, from)).toBeLessThan(Math.max(1, share(given.halving.keep, known)));
        }
      }),
    );
  });

  it('promotes, in the end, at least the best share of every rung', () => {
    fc.assert(
      fc.property(searches(numbersOrNaN), (given) => {
        const { contenders } = search(given);
        for (const rung of given.halving.steps.keys()) {
          const known = contenders.filter(({ scores }) => scores.length > rung);
          const most = Math.max(1, share(given.halving.keep, known.length));
          const fit = known.filter(({ scores }) => !Number.isNaN(scores[rung]!));
          const promoted = known.filter(({ scores }) => scores.length > rung + 1);
          expect(promoted.length).toBeGreaterThanOrEqual(Math.min(most, fit.length));
          for (const { scores } of fit)
            if (scores.length === rung + 1)
              expect(
                promoted.filter((one) => one.scores[rung]! >= scores[rung]!).length,
              ).toBeGreaterThanOrEqual(most);
        }
      }),
    );
  });

  it('with all scores of a rung known before the next begins, promotes exactly the best share', () => {
    fc.assert(
      fc.property(searches(numbers), ({ halving, scores }) => {
        let expected = scores.length;
        for (const [rung, begun] of together(halving, scores).entries()) {
          expect(begun.map((step) => step.rung)).toEqual(new Array(expected).fill(rung));
          expected = Math.max(1, share(halving.keep, expected));
        }
      }),
    );
  });

  it('trains the group that is best at every rung to the end', () => {
    fc.assert(
      fc.property(searches(numbers), fc.nat(), (given, pick) => {
        const best = pick % given.scores.length;
        const scores = given.scores.map((own, k) => (k === best ? own.map(() => 10) : own));
        const { contenders } = search({ ...given, scores });
        expect(contenders[best]!.scores).toHaveLength(given.halving.steps.length + 1);
      }),
    );
  });

  it('waiting() names every group that is promoted later, and drops the hopeless', () => {
    fc.assert(
      fc.property(searches(numbersOrNaN), (given) => {
        const { steps } = search(given);
        for (const [at, { before }] of steps.entries()) {
          const kept = waiting(before, given.halving);
          for (const { step } of steps.slice(at)) {
            const paused = before.find(({ group }) => group === step.group)!;
            if (step.rung === paused.begun && paused.scores.length === step.rung && step.rung > 0)
              expect(kept).toContain(step.group);
          }
        }
      }),
    );
    expect(waiting(finished([1], [5], [3], []), { steps: [100], keep: 0.5 })).toEqual(['b', 'c']);
    expect(waiting(finished([1], [5, 6], [NaN]), THIRD)).toEqual([]);
  });
});

describe('the score of a group', () => {
  it('is the interquartile mean over its seeds, a diverged one being the worst', () => {
    expect(groupScore([-6, -7, -2])).toBe(-5);
    expect(groupScore([-6, -7, -100, -8])).toBe(-7.5);
    expect(groupScore([-6, -7, NaN, -8])).toBe(-7.5);
    expect(groupScore([-6, NaN, -7])).toBe(-Infinity);
  });
});
