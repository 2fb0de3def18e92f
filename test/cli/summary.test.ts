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
  best_by: null,
  ended: 'running_steps',
  interrupted: false,
  engine: 'wasm',
};

function lines(change: Partial<TrainSummary> = {}): string[] {
  return summaryText({ ...SUMMARY, ...change }, 56_300_000).split('\n');
}

it('gives results, place and next commands, aligned', () => {
  expect(lines().join('\n')).toBe(`\
return   -23.05 (std 5.35) over 100 greedy episodes
best     -22.50 at step 10,005
steps    14,085 in 1 min 15 s, 1,753 steps/s
updates  870, engine wasm
run      runs/my run, 56.3 MB, checkpoint step-000014085

next:
  npx maddpg eval --checkpoint 'runs/my run'
  npx maddpg eval --checkpoint 'runs/my run' --best
  npx maddpg replay 'runs/my run'
  npx maddpg report 'runs/my run'
  tensorboard --logdir runs
`);
});

it('gives teams a line of their own if there are several', () => {
  const per_team = { adversary: { mean: 5, std: 1 }, agent: { mean: -6.704, std: 1 } };
  expect(lines({ final: { step: 14_085, ...RETURNS, per_team } }).slice(0, 3)).toEqual([
    'return   -23.05 (std 5.35) over 100 greedy episodes',
    'teams    adversary 5.00, agent -6.70',
    'best     -22.50 at step 10,005 (mean over all agents)',
  ]);
});

it('names the best checkpoint only if it is not the last', () => {
  expect(lines({ best: { step: 14_085, mean: -23.051 } }).slice(-6)).toEqual([
    'next:',
    "  npx maddpg eval --checkpoint 'runs/my run'",
    "  npx maddpg replay 'runs/my run'",
    "  npx maddpg report 'runs/my run'",
    '  tensorboard --logdir runs',
    '',
  ]);
});

it('says at which step an interrupted run was evaluated', () => {
  const interrupted = { ended: 'interrupted', interrupted: true } as const;
  expect(lines({ ...interrupted, final: { step: 10_005, ...RETURNS } })[0]).toBe(
    'return   -23.05 at step 10,005 (std 5.35) over 100 greedy episodes',
  );
  expect(lines({ ...interrupted, final: null, best: null, checkpoint: null })).toEqual([
    'steps    14,085 in 1 min 15 s, 1,753 steps/s',
    'updates  870, engine wasm',
    'run      runs/my run, 56.3 MB, no checkpoint',
    '',
    'next:',
    '  tensorboard --logdir runs',
    '',
  ]);
});

it('says why a run ended early', () => {
  expect(lines({ ended: 'stop_at_return' })).toContain('ended    early: reached stop_at_return');
  expect(lines({ ended: 'max_wall_s' })).toContain('ended    early: reached max_wall_s');
});
