/**
 * Every golden case with XuanCe's learner classes: positional arguments and nested samples. Cases and numbers come from
 * the file.
 */
import { expect, describe, it } from 'vitest';
import {
  Adam,
  createEngine,
  IDDPGLearner,
  ISACLearner,
  MADDPGLearner,
  MASACLearner,
  MATD3Learner,
  type Scheduler,
} from '../../src/index.ts';
import { checkUpdates } from '../golden/check-updates.ts';
import { readGolden } from '../golden/golden-data.ts';
import {
  adamOf,
  documentedSampleOf,
  documentedSequencesOf,
  keysOf,
  nestedNoiseOf,
  policyOf,
  schedulerOf,
  sequenceNoiseOf,
  type LearnerCase,
} from '../golden/learner-case.ts';

const LEARNERS = {
  MADDPG: MADDPGLearner,
  MATD3: MATD3Learner,
  IDDPG: IDDPGLearner,
  ISAC: ISACLearner,
  MASAC: MASACLearner,
};
const cases = ['learner_golden.json.gz', 'rnn_golden.json.gz'].flatMap((file) =>
  Object.entries(readGolden<LearnerCase>(file)),
);

describe('golden updates of learner classes', () => {
  // Other golden data need not cover every class.
  it.skipIf(process.env['GOLDEN_DIR'])('cover every class', () => {
    const covered = new Set(cases.map(([, { config }]) => config.agent));
    expect([...covered].sort()).toEqual(Object.keys(LEARNERS).sort());
  });

  it.each(cases)('%s', async (_, golden) => {
    const engine = await createEngine({ engine: 'wasm', device: 'cpu', threads: 1 });
    const { groups, agent, gamma } = golden.config;
    /** [actor, critic], or mappings by group. */
    const each = <T extends Adam | Scheduler>(make: (network: 'actor' | 'critic') => T) =>
      (['actor', 'critic'] as const).map((network) =>
        groups.length === 1 ? make(network) : new Map(groups.map(({ name }) => [name, make(network)])),
      );
    const optimizer = each(() => adamOf(golden));
    const scheduler = each((network) => schedulerOf(golden, network));
    const policy = policyOf(golden, engine);
    const learner = new LEARNERS[agent](
      keysOf(golden),
      policy,
      optimizer,
      scheduler,
      'cpu',
      './',
      gamma,
      100,
    );
    checkUpdates(
      golden,
      learner,
      (k) =>
        golden.config.recurrent
          ? learner.update_rnn(documentedSequencesOf(golden, k), sequenceNoiseOf(golden, k))
          : learner.update(documentedSampleOf(golden, k), nestedNoiseOf(golden, k)),
      (name) => {
        const [network, group] = name.split('/') as ['actor' | 'critic' | 'alpha', string];
        const own = learner.optimizer[network]!;
        return (own instanceof Adam ? own : own.get(group)!).steps;
      },
    );
    expect(learner.iterations).toBe(golden.updates.length);
    engine.dispose();
  });
});
