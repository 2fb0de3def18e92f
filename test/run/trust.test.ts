/** Evaluation runs no program that came with a checkpoint. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { requireTrusted } from '../../src/run/trust.ts';

let root: string;
let run: string;
let checkpoint: string;
const cwd = process.cwd();
beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'maddpg-trust-')));
  run = path.join(root, 'runs', 'spread');
  checkpoint = path.join(run, 'checkpoints', 'step-000000100');
  fs.mkdirSync(checkpoint, { recursive: true });
  for (const folder of [root, run, checkpoint]) fs.writeFileSync(path.join(folder, 'env.mjs'), '');
});
afterEach(() => {
  process.chdir(cwd);
  fs.rmSync(root, { recursive: true });
});

const custom = (env_id: string) => ({ env_name: 'custom', env_id, python: 'python3' }) as const;
const pettingzoo = (python: string) => ({ env_name: 'pettingzoo', env_id: 'my_env', python }) as const;

function faultOf(...args: Parameters<typeof requireTrusted>): string {
  try {
    requireTrusted(...args);
  } catch (error) {
    if (error instanceof CheckpointError) return error.message;
    throw error;
  }
  return 'none';
}

const refusal = (what: string, folder = checkpoint): string =>
  `${folder}: expected an environment outside the folder of the checkpoint and its run, got ${what} inside it; ` +
  'it would run a program that came with them: if you trust it, add --trust (trust: true in a program)';

describe('an environment', () => {
  it('inside the checkpoint or its run is refused', () => {
    for (const folder of [run, checkpoint]) {
      const program = path.join(folder, 'env.mjs');
      expect(faultOf(custom(program), checkpoint)).toBe(refusal(`env_id ${program}`));
      expect(faultOf(pettingzoo(program), checkpoint)).toBe(refusal(`python ${program}`));
    }
    const moved = path.join(root, 'download');
    fs.cpSync(checkpoint, moved, { recursive: true });
    const program = path.join(moved, 'env.mjs');
    expect(faultOf(custom(program), moved)).toBe(refusal(`env_id ${program}`, moved));
  });

  it("beside the runs, or installed, is the user's own", () => {
    expect(faultOf(custom(path.join(root, 'env.mjs')), checkpoint)).toBe('none');
    expect(faultOf(custom(`${run}-env.mjs`), checkpoint)).toBe('none');
    expect(faultOf(custom('some-package'), checkpoint)).toBe('none');
    expect(faultOf(pettingzoo('python3'), checkpoint)).toBe('none');
    expect(faultOf(pettingzoo('/usr/bin/python3'), checkpoint)).toBe('none');
  });

  it('that a link leads to counts as what the link leads to, and as the link', () => {
    const outside = path.join(root, 'link.mjs');
    fs.symlinkSync(path.join(checkpoint, 'env.mjs'), outside);
    expect(faultOf(custom(outside), checkpoint)).toBe(refusal(`env_id ${outside}`));
    const inside = path.join(run, 'link.mjs');
    fs.symlinkSync(path.join(root, 'env.mjs'), inside);
    expect(faultOf(custom(inside), checkpoint)).toBe(refusal(`env_id ${inside}`));
    const linked = path.join(root, 'linked');
    fs.symlinkSync(checkpoint, linked);
    const program = path.join(run, 'env.mjs');
    expect(faultOf(custom(program), linked)).toBe(refusal(`env_id ${program}`, linked));
  });

  it('found by name in the current folder is refused where that is the run', () => {
    process.chdir(checkpoint);
    const here = 'the current folder, where my_env may be,';
    expect(faultOf(pettingzoo('python3'), '.')).toBe(refusal(here, '.'));
    expect(faultOf(custom('my_env'), '.')).toBe(refusal(here, '.'));
  });

  it('of the package needs no trust', () => {
    process.chdir(checkpoint);
    const spread = { env_name: 'mpe', env_id: 'simple_spread_v3', python: 'python3' } as const;
    expect(faultOf(spread, '.')).toBe('none');
  });
});
