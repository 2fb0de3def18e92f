import { expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { sidesOf } from '../../src/envs/sides.ts';
import { sideActor, type Actor } from '../../src/evaluate/actors.ts';

const env = makeVectorEnv('simple_crypto_v3', { continuous_actions: true }, 1);
const { spec } = env;

function constant(value: number): Actor & { begun: number } {
  return Object.assign((_: Float32Array, actions: Float32Array): void => void actions.fill(value), {
    begun: 0,
    beginEpisode(): void {
      this.begun += 1;
    },
  });
}

it('sideActor takes each side from its actor, and begins the episodes of each actor once', () => {
  const [a, b] = [constant(0.25), constant(0.75)];
  const actor = sideActor(spec, sidesOf(env), [a, b]);
  const actions = new Float32Array(spec.actTotal);
  actor(new Float32Array(spec.obsTotal), actions);
  expect([...actions]).toEqual([0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75]);
  actor.beginEpisode?.(new FastStream(1, 'test'));
  expect([a.begun, b.begun]).toEqual([1, 1]);
});
