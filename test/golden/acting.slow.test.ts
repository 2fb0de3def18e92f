/**
 * Recurrent actors on every engine: actions and states of the recorded steps, in several environments, of which some begin a new
 * episode on the way.
 */
import { describe, expect, it } from 'vitest';
import { sharedEngines } from '../contract/engines.ts';
import { readGolden } from './golden-data.ts';
import { jointOf, policyOf, unpack, type LearnerCase, type PackedArray } from './learner-case.ts';

interface ActingCase extends LearnerCase {
  readonly acting?: {
    /** Per agent, [steps, E, width] */
    readonly obs: PackedArray[];
    readonly eps?: PackedArray[];
    readonly actions: PackedArray[];
    /** [steps, E]: 1 where an episode begins. */
    readonly reset: PackedArray;
    /** Per group, [layers, E n, width], after the last step. */
    readonly hidden: PackedArray[];
    readonly cell?: PackedArray[];
  };
}

const CASES = Object.entries(readGolden<ActingCase>('rnn_golden.json.gz')).flatMap(([name, golden]) =>
  golden.acting ? [{ name, golden, acting: golden.acting }] : [],
);

function expectClose(got: Float32Array, want: Float32Array): void {
  expect(got).toHaveLength(want.length);
  const errors = want.map((x, k) => Math.abs(x - got[k]!));
  expect(Math.max(...errors)).toBeLessThanOrEqual(2e-6);
}

for (const { name: engineName, create } of sharedEngines())
  describe(`golden acting on ${engineName}`, () => {
    it.each(CASES)('$name', async ({ golden, acting }) => {
      const policy = policyOf(golden, await create());
      const [steps, environments] = acting.reset.shape as [number, number];
      const states = policy.states(environments);
      const reset = unpack(acting.reset).data;
      const [obs, actions] = [jointOf(acting.obs), jointOf(acting.actions)];
      const eps = acting.eps && jointOf(acting.eps);
      const { obsTotal, actTotal } = policy.spec;
      for (let t = 0; t < steps; t++) {
        for (let e = 0; e < environments; e++) if (reset[t * environments + e] === 1) states.reset(e);
        const at = (of: Float32Array, width: number): Float32Array =>
          of.slice(t * environments * width, (t + 1) * environments * width);
        const seen = at(obs, obsTotal);
        const got = eps
          ? policy.sample(seen, at(eps, actTotal), undefined, undefined, states)
          : policy.act(seen, 'online', undefined, undefined, states);
        expectClose(got, at(actions, actTotal));
      }
      const perGroup = golden.config.recurrent!.N_recurrent_layers * (acting.cell ? 2 : 1);
      expect(states.all).toHaveLength(policy.groups.length * perGroup);
      policy.groups.forEach((_, g) => {
        const [h, c] = [acting.hidden, acting.cell].map((of) => of && unpack(of[g]!).data);
        states.all.slice(g * perGroup, (g + 1) * perGroup).forEach(({ values }, k) => {
          const [want, layer] = c ? [k % 2 === 0 ? h! : c, Math.floor(k / 2)] : [h!, k];
          expectClose(values, want.subarray(layer * values.length, (layer + 1) * values.length));
        });
      });
    });
  });
