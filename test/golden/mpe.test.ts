/**
 * Reproduces every recorded trace of MPE2 1.1.1: observations as float32, rewards as float64. Cases come from the file;
 * GOLDEN_DIR may name a folder with another one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/envs/parallel-env.ts';
import { makeEnv } from '../../src/envs/registry.ts';

type PerAgent<T> = Record<string, T>;
interface Trace {
  env_id: string;
  continuous: boolean;
  seed: number;
  options: Record<string, unknown>;
  episodes: {
    obs0: PerAgent<number[]>;
    steps: { actions: PerAgent<number | number[]>; rewards: PerAgent<number>; obs: PerAgent<number[]> }[];
  }[];
}

// Rewards with exp, sin, cos, atan2 or a mean: upstream's last bits vary by machine.
const INEXACT_REWARDS = /^(simple_tag|simple_world_comm|simple_formation|simple_line|collect_treasure)_v\d+$/;

const folder = process.env['GOLDEN_DIR'] ?? join(import.meta.dirname, 'data');
const file = gunzipSync(readFileSync(join(folder, 'mpe_golden.json.gz'))).toString();
const traces = Object.entries(JSON.parse(file) as Record<string, Trace>);

function expectObservations(where: string, got: PerAgent<Float32Array>, recorded: PerAgent<number[]>): void {
  expect(Object.keys(got), where).toEqual(Object.keys(recorded));
  for (const [agent, values] of Object.entries(recorded)) {
    const mine = got[agent]!;
    const same = mine.length === values.length && values.every((value, k) => mine[k] === Math.fround(value));
    // Slow comparison, only for the failure message.
    if (!same) expect([...mine], `${where}, ${agent}`).toEqual(values.map(Math.fround));
    expect(same, `${where}, ${agent}`).toBe(true);
  }
}

function expectRewards(
  where: string,
  got: PerAgent<number>,
  recorded: PerAgent<number>,
  exact: boolean,
): void {
  expect(Object.keys(got), where).toEqual(Object.keys(recorded));
  for (const [agent, reward] of Object.entries(recorded)) {
    const mine = got[agent]!;
    const same = exact ? mine === reward : Math.abs(mine - reward) <= 1e-12 * Math.abs(reward);
    if (!same) expect.fail(`${where}: reward of ${agent}: expected ${reward}, got ${mine}`);
  }
}

function replay(trace: Trace): void {
  const env = makeEnv(trace.env_id, { ...trace.options, continuous_actions: trace.continuous });
  const exact = !INEXACT_REWARDS.test(trace.env_id);
  trace.episodes.forEach((episode, number) => {
    const first = number === 0 ? env.reset({ seed: trace.seed }) : env.reset();
    expectObservations(`episode ${number}, reset`, first.observations, episode.obs0);
    expect(Object.keys(episode.obs0)).toEqual(env.possibleAgents);
    episode.steps.forEach((step, t) => {
      const actions = Object.entries(step.actions).map(([agent, action]): [string, Action] => [
        agent,
        typeof action === 'number' ? action : Float32Array.from(action),
      ]);
      const result = env.step(Object.fromEntries(actions));
      const where = `episode ${number}, step ${t}`;
      expectObservations(where, result.observations, step.obs);
      expectRewards(where, result.rewards, step.rewards, exact);
      expect(env.agents.length === 0, `${where}: the episode is over`).toBe(t === episode.steps.length - 1);
    });
  });
}

describe('MPE2 traces are reproduced bit for bit', () => {
  for (const [name, trace] of traces)
    it(name, () => {
      replay(trace);
    });

  it('reads traces from the file', () => {
    expect(traces.length).toBeGreaterThan(0);
  });
});
