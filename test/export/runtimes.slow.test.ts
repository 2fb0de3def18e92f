/** Exports answer as our engine does, in the runtimes they are for; those that are missing are skipped. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PYTHON, pythonHas } from '../envs/pettingzoo/python.ts';
import { answerInC, COMPILER } from './answer-in-c.ts';
import { CASES, writeCases, type Check } from './cases.ts';
import { largestErrors, type Errors } from './errors.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-export-'));
const file = path.join(folder, 'checks.json');
let checks: Check[];

beforeAll(async () => {
  checks = await writeCases(folder);
  fs.writeFileSync(file, JSON.stringify(checks));
}, 600_000);
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
}, 120_000);

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function installed(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

const run = (program: string, ...args: string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
};

/** Format, runtime, whether it is here, and how it answers. */
const RUNTIMES = [
  ...['onnxruntime', 'numpy', 'torch'].map((runtime) => ({
    runtime,
    here: pythonHas(runtime) && pythonHas('numpy'),
    answer: () => {
      run(PYTHON, script('answer.py'), runtime, file);
    },
  })),
  ...['onnxruntime-web', 'tfjs', 'tfjs-node'].map((runtime) => ({
    runtime,
    here: runtime !== 'tfjs-node' || installed('@tensorflow/tfjs-node'),
    answer: () => {
      run(process.execPath, script('answer.js'), runtime, file);
    },
  })),
  {
    runtime: 'c',
    here: spawnSync(COMPILER, ['--version']).status === 0,
    answer: () => {
      answerInC(checks);
    },
  },
];

describe('exports', () => {
  it('are of every scenario, algorithm, activation and kind of policy', () => {
    expect(CASES).toHaveLength(60);
    expect(checks.filter(({ model }) => model === 'actor').length).toBeGreaterThan(CASES.length);
  });

  it('are of policies that our engine computes to 1e-6 of what is summed up', () => {
    expectErrors('ours');
  });

  for (const { runtime, here, answer } of RUNTIMES)
    it.skipIf(!here)(
      `answer in ${runtime} to 1e-6 of what is summed up`,
      () => {
        answer();
        expectErrors(runtime);
      },
      300_000,
    );
});

/**
 * Our engine rounds as runtimes do, each in its own order, so the measure is the exact answer. Hidden layers that nearly
 * cancel multiply errors, in critics of many inputs most.
 */
function expectErrors(runtime: string): void {
  const worst = (chosen: (check: Check) => boolean): Errors => largestErrors(checks.filter(chosen), runtime);
  const actions = worst(({ model, layerNorm, state }) => model === 'actor' && !layerNorm && state === 0);
  const normalized = worst(({ model, layerNorm }) => model === 'actor' && layerNorm);
  const values = worst(({ model }) => model === 'critic');
  const recurrent = worst(({ state }) => state > 0);
  const all = [actions, normalized, recurrent, values];
  const texts = all.flatMap(({ absolute, relative }) => [absolute, relative]).map((x) => x.toExponential(1));
  if (process.env['MADDPG_SHOW_DIFFERENCES']) console.log(`| ${[runtime, ...texts].join(' | ')} |`);
  expect(actions.relative).toBeLessThanOrEqual(1e-6);
  expect(normalized.relative).toBeLessThanOrEqual(1e-6);
  expect(recurrent.relative).toBeLessThanOrEqual(1e-6);
  expect(values.relative).toBeLessThanOrEqual(1e-5);
}
