/** Columns of an observation that critics see and actors do not. */
import { describe, expect, it } from 'vitest';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import type { Learner } from '../../src/learners/learner.ts';
import { parameterGroups } from '../../src/policy/groups.ts';
import { requireEquallyHidden } from '../../src/policy/hidden-columns.ts';
import { loadInitial } from '../../src/train/session.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import {
  episodesFor,
  learnerOn,
  noiseFor,
  sampleFor,
  SMALL_LEARNER,
  type RandomLearner,
} from '../contract/random-learner.ts';

const GRU = { cell: 'GRU', layers: 1, width: 5 } as const;
/** Observations of four columns. */
const HIDDEN = [0, 2];
const POLICIES: readonly (readonly [what: string, keys: Partial<RandomLearner>])[] = [
  ['MADDPG', {}],
  ['IDDPG', { agent: 'IDDPG' }],
  ['MASAC', { agent: 'MASAC', outputActivation: 'tanh' }],
  ['an ensemble', { ensembleSize: 2 }],
  ['a GRU', { recurrent: { ...GRU, fc: [] }, steps: 3 }],
  ['a GRU behind a dense layer', { recurrent: { ...GRU, fc: [4] }, steps: 3 }],
];

const random = (keys: Partial<RandomLearner>): RandomLearner => ({
  ...SMALL_LEARNER,
  hidden: HIDDEN,
  ...keys,
});

function update(
  learner: Learner,
  keys: Partial<RandomLearner>,
  changed?: (obs: Float32Array) => void,
): Record<string, number> {
  const settings = random(keys);
  const sample = settings.recurrent ? episodesFor(learner, settings, 0) : sampleFor(learner, settings, 0);
  changed?.(sample.obs);
  return learner.update(sample, noiseFor(learner, settings, 0));
}

/** Other numbers in the hidden columns. */
function changeHidden(obs: Float32Array): void {
  obs.forEach((x, k) => {
    if (HIDDEN.includes(k % SMALL_LEARNER.obsWidth)) obs[k] = x + 1;
  });
}

describe.each(POLICIES)('hidden columns, with %s', (_, keys) => {
  const learnerOf = (): Learner => learnerOn(new ReferenceEngine(), random(keys));
  const played = ({ policy }: Learner, obs: Float32Array): Float32Array =>
    policy.act(obs, 'online', undefined, undefined, policy.states(2)).slice();

  it('do not change what actors do, before and after an update', () => {
    const learner = learnerOf();
    const obs = Float32Array.from({ length: 2 * learner.policy.spec.obsTotal }, (_, k) => (k % 7) / 7);
    const others = obs.slice();
    changeHidden(others);
    for (let k = 0; k < 2; k++) {
      const actions = played(learner, obs);
      expect(played(learner, others)).toEqual(actions);
      for (const x of [obs, others]) x[1] = k + 2;
      expect(played(learner, obs)).not.toEqual(actions);
      if (!keys.ensembleSize) update(learner, keys);
    }
  });

  it('meet weights of zero, which updates keep, so that exported actors need not know', () => {
    const learner = learnerOf();
    if (!keys.ensembleSize) update(learner, keys);
    expect(zerosIn(learner)).toEqual([true, false, true, false]);
  });

  it('get such weights also from a run whose actors saw them', () => {
    const seeing = learnerOn(new ReferenceEngine(), random({ ...keys, hidden: [] }));
    expect(zerosIn(seeing)).toEqual([false, false, false, false]);
    const learner = learnerOf();
    loadInitial(learner.policy, { weights: seeing.policy.tensors() });
    expect(zerosIn(learner)).toEqual([true, false, true, false]);
  });
});

/** By column of an observation: whether all actors' weights for it are zero. */
function zerosIn({ policy }: Learner): boolean[] {
  const actors = [...policy.tensors()].filter(([name]) => /^(target_)?actor/.test(name));
  // The layer that reads observations.
  const reading = ['fc_W0', 'rnn_W_ih0', '/W0']
    .map((layer) => actors.filter(([name]) => name.endsWith(layer)))
    .find((found) => found.length > 0)!;
  return [0, 1, 2, 3].map((c) =>
    reading.every(([, { data, shape }]) => data.every((w, k) => k % shape[1]! !== c || w === 0)),
  );
}

const JOINT = POLICIES.filter(
  ([, { agent, ensembleSize }]) => agent !== 'IDDPG' && ensembleSize === undefined,
);

describe.each(JOINT)('hidden columns, with %s', (_, keys) => {
  it('change what joint critics learn', () => {
    const [before, after] = [undefined, changeHidden].map((change) => {
      const info = update(learnerOn(new ReferenceEngine(), random(keys)), keys, change);
      return Object.entries(info).filter(([name]) => name.includes('loss_critic'));
    });
    expect(before!.length).toBeGreaterThan(0);
    expect(after).not.toEqual(before);
  });
});

describe('agents that share networks', () => {
  it('must have the same columns hidden', () => {
    const agent = (name: string, hidden: number[]): Parameters<typeof jointSpec>[0][number] => ({
      ...{ name, team: 'agent', obsWidth: 4, actWidth: 2, hidden },
      ...{ actionKind: 'box', actionLow: 0, actionHigh: 1 },
    });
    const spec = jointSpec([agent('a', [0]), agent('b', [1])]);
    const groups = (sharing: boolean): ReturnType<typeof parameterGroups> =>
      parameterGroups(spec, sharing, 'none');
    expect(() => {
      requireEquallyHidden(spec, groups(true));
    }).toThrow(
      'use_parameter_sharing: expected agents that share networks to have the same columns hidden (env_options.hide_velocity), ' +
        'got a and b; set it to teams or false',
    );
    requireEquallyHidden(spec, groups(false));
  });
});
