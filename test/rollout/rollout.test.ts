import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { FastStream } from '../../src/core/random.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import type { VectorEnv } from '../../src/envs/vector-env.ts';
import { MADDPG } from '../../src/learners/maddpg.ts';
import { parameterGroups } from '../../src/policy/groups.ts';
import { ObservationNorm } from '../../src/policy/observation-norm.ts';
import { Policy } from '../../src/policy/policy.ts';
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts';
import { Rollout, type RolloutOptions } from '../../src/rollout/rollout.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const { config } = loadConfig({ flags: { actor_hidden_size: [8], critic_hidden_size: [8] } });

/** Copies of the arguments of store(). */
interface Transition {
  readonly obs: Float32Array;
  readonly actions: Float32Array;
  readonly rewards: Float64Array;
  readonly nextObs: Float32Array;
  readonly terminals: Uint8Array;
  readonly agentMask: Uint8Array;
}

class RecordingBuffer extends ReplayBuffer {
  readonly stored: Transition[] = [];

  override store(...arrays: Parameters<ReplayBuffer['store']>): void {
    const [obs, actions, rewards, nextObs, terminals, agentMask] = arrays;
    this.stored.push(structuredClone({ obs, actions, rewards, nextObs, terminals, agentMask }));
    super.store(...arrays);
  }
}

/** Two simple_spread environments with three-step episodes. */
function rolloutOf(
  options: Partial<RolloutOptions> = {},
  normalised = false,
): {
  env: VectorEnv;
  policy: Policy;
  replay: RecordingBuffer;
  rollout: Rollout;
} {
  const env = makeVectorEnv('simple_spread_v3', { continuous_actions: true, max_cycles: 3 }, 2);
  env.reset([1, 2]);
  const groups = parameterGroups(env.spec, true, 'one_hot');
  const norm = normalised ? new ObservationNorm(env.spec, groups, 5) : undefined;
  const policy = new Policy(engine, MADDPG.design, env.spec, groups, config, norm);
  policy.initialize(new FastStream(1, 'weights'));
  const replay = new RecordingBuffer(env.spec, { capacity: 100, parallels: 2 });
  const rollout = new Rollout(env, policy, replay, {
    noise: { start: 0.5, end: 0.1, steps: 100 },
    uniformSteps: 0,
    seed: 1,
    ...options,
  });
  return { env, policy, replay, rollout };
}

describe('Rollout', () => {
  it('stores transitions with the true last observation of an episode', () => {
    const { env, replay, rollout } = rolloutOf();
    const twin = makeVectorEnv('simple_spread_v3', { continuous_actions: true, max_cycles: 3 }, 2);
    twin.reset([1, 2]);
    for (let t = 0; t < 7; t++) {
      const seen = twin.obs.slice();
      rollout.step(2 * t);
      const { obs, actions, rewards, nextObs, terminals, agentMask } = replay.stored[t]!;
      twin.step(actions);
      expect(obs).toEqual(seen);
      expect(rewards).toEqual(twin.rewards);
      expect(nextObs).toEqual(twin.nextObs);
      expect([...terminals]).toEqual(new Array(6).fill(0)); // a time limit is not a termination
      expect([...agentMask]).toEqual(new Array(6).fill(1));
      const ends = t % 3 === 2;
      expect([...env.ended]).toEqual(ends ? [1, 1] : [0, 0]);
      if (ends) expect(nextObs).not.toEqual(env.obs);
      else expect(nextObs).toEqual(env.obs);
    }
    expect(replay.size).toBe(14);
  });

  it("adds noise at the current scale to the policy's actions, clipped to the action space", () => {
    const { env, policy, replay, rollout } = rolloutOf();
    const noise = new FastStream(1, 'exploration');
    for (const [t, scale] of [
      [0, 0.5],
      [50, 0.3],
      [100, 0.1],
      [300, 0.1],
    ] as const) {
      expect(rollout.noiseScale(t)).toBeCloseTo(scale, 15);
      const expected = policy
        .act(env.obs)
        .map((action) => Math.max(0, Math.min(1, action + rollout.noiseScale(t) * noise.normal())));
      rollout.step(t);
      expect(replay.stored.at(-1)!.actions).toEqual(expected);
    }
  });

  it('acts uniformly before uniformSteps', () => {
    const { policy, replay, rollout } = rolloutOf({ uniformSteps: 2 });
    const uniform = new FastStream(1, 'exploration');
    rollout.step(0);
    expect(replay.stored[0]!.actions).toEqual(Float32Array.from({ length: 30 }, () => uniform.double()));
    const greedy = policy.act(rollout.env.obs).slice();
    rollout.step(2);
    const moved = replay.stored[1]!.actions.map((action, k) => action - greedy[k]!);
    const noise = Float32Array.from({ length: 30 }, () => 0.492 * uniform.normal()); // 0.5 - 0.4 * 2 / 100
    const inside = [...replay.stored[1]!.actions.keys()].filter(
      (k) => replay.stored[1]!.actions[k]! > 0 && replay.stored[1]!.actions[k]! < 1,
    );
    expect(inside.length).toBeGreaterThan(10);
    for (const k of inside) expect(moved[k]).toBeCloseTo(noise[k]!, 6);
  });

  it('records episode returns', () => {
    const { replay, rollout } = rolloutOf();
    for (let t = 0; t < 3; t++) rollout.step(2 * t);
    const expected = [0, 1, 2].map((agent) => {
      const sum = (e: number): number =>
        replay.stored.reduce((total, { rewards }) => total + rewards[e * 3 + agent]!, 0);
      return (sum(0) + sum(1)) / 2;
    });
    expect(rollout.stats.report()).toEqual({ episodes: 2, perAgent: expected });
  });

  it('updates observation moments once per observation, and stores raw observations', () => {
    const { env, policy, replay, rollout } = rolloutOf({}, true);
    for (let t = 0; t < 5; t++) rollout.step(2 * t);
    const width = env.spec.agents[0]!.obsWidth;
    const rows = replay.stored.flatMap(({ obs }) =>
      Array.from({ length: 6 }, (_, k) => obs.slice(k * width, (k + 1) * width)),
    );
    const means = Array.from({ length: width }, (_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / 30);
    const found = policy.tensors().get('observation/mean')!.data;
    found.forEach((mean, c) => {
      expect(mean).toBeCloseTo(means[c % width]!, 6);
    });
    const before = policy.tensors().get('observation/mean');
    policy.act(env.obs);
    expect(policy.tensors().get('observation/mean')).toEqual(before);
  });

  it.each([
    ['', false],
    [', with normalised observations', true],
  ])('continues bit for bit from a snapshot, mid-episode%s', (_, normalised) => {
    const whole = rolloutOf({}, normalised);
    for (let t = 0; t < 4; t++) whole.rollout.step(2 * t);
    const snapshot = whole.rollout.snapshot();
    const resumed = rolloutOf({ seed: 99 }, normalised);
    resumed.rollout.restore(snapshot, 'rollout.bin');
    for (const { rollout } of [whole, resumed]) for (let t = 4; t < 9; t++) rollout.step(2 * t);
    expect(resumed.replay.stored).toEqual(whole.replay.stored.slice(4));
    expect(resumed.rollout.stats.report()).toEqual(whole.rollout.stats.report());
    expect(resumed.rollout.snapshot()).toEqual(whole.rollout.snapshot());
  });
});
