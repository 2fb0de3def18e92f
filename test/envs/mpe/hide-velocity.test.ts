/** The option hide_velocity. */
import { describe, expect, it } from 'vitest';
import { scriptedController } from '../../../src/envs/mpe/controllers/scripted.ts';
import { makeVectorEnv } from '../../../src/envs/registry.ts';
import { episodeReturns } from '../../../src/evaluate/play.ts';

/** Columns of each agent's observation that hold velocities. */
const VELOCITIES: readonly (readonly [id: string, columns: readonly (readonly number[])[]])[] = [
  [
    'simple_spread_v3',
    [
      [0, 1],
      [0, 1],
      [0, 1],
    ],
  ],
  // The adversaries see the velocity of their prey, too.
  [
    'simple_tag_v3',
    [
      [0, 1, 14, 15],
      [0, 1, 14, 15],
      [0, 1, 14, 15],
      [0, 1],
    ],
  ],
  ['simple_speaker_listener_v4', [[], [0, 1]]],
  [
    'simple_reference_v3',
    [
      [0, 1],
      [0, 1],
    ],
  ],
];

describe('hide_velocity', () => {
  it.each(VELOCITIES)('observes 0 for velocities, and changes nothing else: %s', (id, columns) => {
    const [plain, hidden] = [false, true].map((hide_velocity) =>
      makeVectorEnv(id, { continuous_actions: true, hide_velocity }, 2),
    );
    const { spec } = plain!;
    const velocities = new Set(
      columns.flatMap((own, i) => own.map((column) => spec.obsOffsets[i]! + column)),
    );
    for (const env of [plain!, hidden!]) env.reset([1, 2]);
    const actions = new Float32Array(2 * spec.actTotal).map((_, k) => ((k * 7) % 11) / 11);
    for (let step = 0; step < 40; step++) {
      const expected = plain!.obs.map((x, k) => (velocities.has(k % spec.obsTotal) ? 0 : x));
      expect(hidden!.obs).toEqual(expected);
      expect(hidden!.rewards).toEqual(plain!.rewards);
      for (const env of [plain!, hidden!]) env.step(actions);
    }
    expect(plain!.obs).not.toEqual(hidden!.obs);
  });

  it.each(VELOCITIES)(
    'observes them, and names their columns, if critics are to see them: %s',
    (id, columns) => {
      const options = { continuous_actions: true, hide_velocity: true };
      const [plain, whole] = [
        makeVectorEnv(id, { continuous_actions: true }, 2),
        makeVectorEnv(id, options, 2, true),
      ];
      expect(whole.spec.agents.map(({ hidden }) => hidden)).toEqual(columns);
      expect(makeVectorEnv(id, options, 1).spec).toEqual(whole.spec);
      expect(plain.spec.agents.map(({ hidden }) => hidden)).toEqual(columns.map(() => undefined));
      const actions = new Float32Array(2 * plain.spec.actTotal).map((_, k) => ((k * 7) % 11) / 11);
      for (const env of [plain, whole]) env.reset([1, 2]);
      for (let step = 0; step < 40; step++) {
        expect(whole.obs).toEqual(plain.obs);
        for (const env of [plain, whole]) env.step(actions);
      }
    },
  );

  it.each(['simple_spread_v3', 'simple_tag_v3', 'simple_speaker_listener_v4'])(
    'hides them from scripted controllers, even if critics see them: %s',
    (id) => {
      const earned = [false, true].map((whole) => {
        const options = { continuous_actions: true, hide_velocity: true };
        const env = makeVectorEnv(id, options, 1, whole);
        return episodeReturns(env, scriptedController(id, env.spec, options), 5, 3);
      });
      expect(earned[1]).toEqual(earned[0]);
    },
  );

  it('is refused where there are none', () => {
    expect(() => makeVectorEnv('simple_crypto_v3', { hide_velocity: true }, 1)).toThrow(
      'env_options.hide_velocity: expected velocities in simple_crypto_v3, got none; leave it out',
    );
  });
});
