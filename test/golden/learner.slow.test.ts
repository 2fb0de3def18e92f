/**
 * Every update of every golden case on every engine: parameters, moments, gradients, norms, info. Cases, numbers and
 * tolerances come from the file.
 */
import { describe, it } from 'vitest';
import { ALL_ENGINES, PLAIN_ENGINES, PLAIN_REFERENCE } from '../contract/engines.ts';
import { checkUpdates } from './check-updates.ts';
import { readGolden } from './golden-data.ts';
import { buildLearner, noiseOf, sampleOf, type LearnerCase } from './learner-case.ts';

const CASES = ['learner_golden.json.gz', 'rnn_golden.json.gz'].flatMap((file) =>
  Object.entries(readGolden<LearnerCase>(file)),
);

for (const { name: engineName, create } of [...ALL_ENGINES, PLAIN_REFERENCE, ...PLAIN_ENGINES.slice(0, 2)])
  describe(`golden learner updates on ${engineName}`, () => {
    for (const [name, golden] of CASES) {
      it(name, async () => {
        const engine = await create();
        const learner = buildLearner(golden, engine);
        checkUpdates(
          golden,
          learner,
          (k) => learner.update(sampleOf(golden, k), noiseOf(golden, k)),
          (optimizer) => learner.optimizer.get(optimizer)!.steps,
        );
        engine.dispose();
      });
    }
  });
