/** The metrics of an interval between two records, as a session gathers them. */
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/file-content.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import type { UpdateInfo } from '../../src/learners/learner.ts';
import { trainingMetrics } from '../../src/train/metrics.ts';
import { TrainingSession, type SessionCounters } from '../../src/train/session.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

function sessionOf(keys: Partial<Config>, onUpdate?: (info: UpdateInfo) => void): TrainingSession {
  const { config } = loadConfig({
    flags: {
      ...{ agent: 'MADDPG', actor_hidden_size: [4], critic_hidden_size: [4], batch_size: 4, buffer_size: 80 },
      ...{
        parallels: 2,
        start_training: 4,
        training_frequency: 2,
        running_steps: 400,
        lr_schedule: 'constant',
      },
      ...{ env_options: { max_cycles: 7 }, ...keys },
    },
  });
  const env = makeVectorEnv(config.env_id, { ...config.env_options, continuous_actions: true }, 2);
  return new TrainingSession(config, env, engine, { onUpdate });
}

function advance(session: TrainingSession, vectorSteps: number): void {
  for (let t = 0; t < vectorSteps; t++) session.advance();
}

function filesOf(session: TrainingSession): Map<string, Uint8Array> {
  const files = Object.entries(session.files());
  return new Map(files.map(([name, content]) => [name, Buffer.concat(piecesOf(content))]));
}

const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

describe('the metrics of an interval', () => {
  it('are means over its updates, of losses and of gradient norms', () => {
    const losses: number[] = [];
    const norms: number[] = [];
    const session = sessionOf({}, (info) => {
      losses.push(info['loss_critic']!);
      const squares = [...session.learner.gradients().get('critic/shared')!].map((x) => x * x);
      norms.push(Math.sqrt(squares.reduce((sum, x) => sum + x, 0)));
    });
    session.begin();
    advance(session, 20);
    trainingMetrics(session);
    const earlier = losses.length;
    advance(session, 15);
    const metrics = trainingMetrics(session);
    expect(losses.length - earlier).toBe(15);
    expect(metrics['learner/loss_critic']).toBeCloseTo(meanOf(losses.slice(earlier)), 12);
    expect(metrics['learner/grad_norm_critic']).toBeCloseTo(meanOf(norms.slice(earlier)), 6);
  });

  it('have the gradient norm before clipping', () => {
    const [free, clipped] = [{}, { use_grad_clip: true, grad_clip_norm: 1e-3 }].map((keys) => {
      const session = sessionOf(keys);
      session.begin();
      while (session.updates < 1) session.advance();
      return trainingMetrics(session);
    });
    expect(free!['learner/grad_norm_critic']).toBeGreaterThan(1e-3);
    expect(clipped!['learner/grad_norm_critic']).toBe(free!['learner/grad_norm_critic']);
  });

  it('have the mean length of the episodes that ended, and nothing of updates where there were none', () => {
    const session = sessionOf({ start_training: 400 });
    session.begin();
    advance(session, 6);
    expect(trainingMetrics(session)).toEqual({ 'rollout/noise_scale': expect.any(Number) as number });
    advance(session, 1);
    expect(trainingMetrics(session)).toMatchObject({ 'train/episode_length': 7 });
  });

  it.each([{}, { agent: 'MATD3', actor_update_delay: 3 }] as const)(
    'are those of an uninterrupted run after a checkpoint amid them, with %o',
    (keys) => {
      const straight = sessionOf(keys);
      straight.begin();
      advance(straight, 18);
      const files = filesOf(straight);
      const counters = JSON.parse(JSON.stringify(straight.counters())) as SessionCounters;
      advance(straight, 9);
      const resumed = sessionOf(keys);
      resumed.restore(files, counters, 'run');
      advance(resumed, 9);
      expect(trainingMetrics(resumed)).toEqual(trainingMetrics(straight));
    },
  );

  it('leave out episodes that began before a checkpoint of an older version, which did not count their steps', () => {
    const session = sessionOf({});
    session.begin();
    advance(session, 10);
    const files = filesOf(session);
    const { interval, ...older } = session.counters();
    expect(interval!.episode_steps).toEqual([3, 3]);
    const resumed = sessionOf({});
    resumed.restore(files, older, 'run');
    expect(resumed.counters().interval!.episode_steps).toEqual([null, null]);
    advance(resumed, 10);
    expect(trainingMetrics(resumed)).not.toHaveProperty('train/episode_length');
    advance(resumed, 1);
    expect(trainingMetrics(resumed)).toHaveProperty('train/episode_length', 7);
  });

  it('are refused if a checkpoint has those of another number of environments', () => {
    const session = sessionOf({});
    session.begin();
    const files = filesOf(session);
    const counters = { ...session.counters(), interval: { update_means: {}, means: {}, episode_steps: [1] } };
    expect(() => {
      sessionOf({}).restore(files, counters, 'run');
    }).toThrow('run/state.json: expected interval.episode_steps of 2 environments, got 1');
  });
});
