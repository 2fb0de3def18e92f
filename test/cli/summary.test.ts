import { expect, it } from 'vitest';
import { summaryText } from '../../src/cli/summary.ts';
import type { TrainSummary } from '../../src/train/summary.ts';

const RETURNS = { mean: -23.051, std: 5.349, episodes: 100, ci95: null, per_agent: {}, per_team: {} };
const SUMMARY: TrainSummary = {
  run: 'runs/my run',
  checkpoint: 'runs/my run/checkpoints/step-000014085',
  steps: 14_085,
  updates: 870,
  wall_s: 75.2,
  env_steps_per_second: 1753.4,
  final: { step: 14_085, ...RETURNS },
  best: { step: 10_005, mean: -22.5 },
  ended: 'running_steps',
  interrupted: false,
  engine: 'wasm',
};

it('gives results, checkpoint and next commands', () => {
  expect(summaryText(SUMMARY)).toBe(`\
14,085 steps, 870 updates in 1m15s (1,753 steps/s, engine wasm)
return -23.05 (std 5.35) over 100 greedy episodes
best -22.50 at step 10,005
checkpoint runs/my run/checkpoints/step-000014085

next:
  npx maddpg eval --checkpoint 'runs/my run'
  npx maddpg eval --checkpoint 'runs/my run' --best
  tensorboard --logdir runs
`);
});

it('says at which step an interrupted run was evaluated', () => {
  const interrupted: TrainSummary = {
    ...SUMMARY,
    final: { step: 10_005, ...RETURNS },
    ended: 'interrupted',
    interrupted: true,
  };
  expect(summaryText(interrupted).split('\n')[1]).toBe(
    'return -23.05 at step 10,005 (std 5.35) over 100 greedy episodes',
  );
  expect(summaryText({ ...interrupted, final: null, best: null }).split('\n')[1]).toBe(
    'checkpoint runs/my run/checkpoints/step-000014085',
  );
});

it('says why a run ended early', () => {
  const [first] = summaryText({ ...SUMMARY, ended: 'stop_at_return' }).split('\n');
  expect(first).toBe('stopped early: reached stop_at_return');
});
