import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { PYTHON, pythonHas } from '../envs/pettingzoo/python.ts';
import { filesBelow, ROOT, runCli, temporaryFolder, TINY } from './run-cli.ts';

const run = promisify(execFile);
const cwd = temporaryFolder();
const FORMATS = ['onnx', 'tfjs', 'torch', 'numpy', 'c'];

beforeAll(async () => {
  const runs = {
    continuous: ['continuous_action=true'],
    discrete: ['continuous_action=false'],
    recurrent: ['continuous_action=true', 'use_rnn=true', 'recurrent_hidden_size=8', 'N_recurrent_layers=2'],
  };
  for (const [name, keys] of Object.entries(runs)) {
    const { code } = await runCli(cwd, [
      'train',
      ...TINY,
      `--name=${name}`,
      ...keys.map((key) => `--set=${key}`),
    ]);
    expect(code).toBe(0);
  }
}, 60_000);

/** Files of an export but README.md and export.json. */
const filesOf = (format: string, extra: string[] = []): string[] => {
  const agents = ['agent_0', 'agent_1', 'agent_2'];
  const files: Record<string, string[]> = {
    onnx: [...agents.map((agent) => `${agent}.onnx`), 'policy.onnx'],
    tfjs: agents.flatMap((agent) => [`${agent}/model.json`, `${agent}/weights.bin`]),
    torch: ['policy.py', 'policy.safetensors'],
    numpy: ['policy.npz', 'policy.py'],
    c: ['policy.h'],
  };
  return ['README.md', 'export.json', ...files[format]!, ...extra].sort();
};

/** Runs the lines that act of an export's README. */
async function runSnippet(format: string, folder: string): Promise<string> {
  const readme = fs.readFileSync(path.join(folder, 'README.md'), 'utf8');
  const snippet = /^```\w+\n(.*?)^```/ms.exec(readme)![1]!;
  expect(snippet.trimEnd().split('\n').length).toBeLessThanOrEqual(12);
  if (format === 'c') {
    fs.writeFileSync(path.join(folder, 'example.c'), snippet);
    const [, command] = /^\/\* (cc .*) \*\/$/m.exec(snippet)!;
    await run('sh', ['-c', command!.replace('cc ', 'cc -Wall -Wextra -pedantic -Werror ')], { cwd: folder });
    return (await run('./a.out', { cwd: folder })).stdout;
  }
  if (format === 'tfjs') {
    // @tensorflow/tfjs consists of these and more.
    const at = path.join(folder, 'node_modules', '@tensorflow', 'tfjs');
    fs.mkdirSync(at, { recursive: true });
    const parts = ['tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu'];
    for (const part of parts)
      fs.symlinkSync(path.join(ROOT, 'node_modules', '@tensorflow', part), path.join(at, '..', part));
    const exported = parts.slice(0, 2).map((part) => `export * from '@tensorflow/${part}';\n`);
    fs.writeFileSync(
      path.join(at, 'index.mjs'),
      `import '@tensorflow/tfjs-backend-cpu';\n${exported.join('')}`,
    );
    fs.writeFileSync(path.join(at, 'package.json'), '{ "exports": "./index.mjs" }');
    fs.writeFileSync(path.join(folder, 'example.mjs'), snippet);
    return (await run(process.execPath, ['example.mjs'], { cwd: folder })).stdout;
  }
  return (await run(PYTHON, ['-c', snippet], { cwd: folder })).stdout;
}

const NEEDS: Readonly<Record<string, boolean>> = {
  onnx: pythonHas('onnxruntime'),
  tfjs: true,
  torch: pythonHas('torch'),
  numpy: pythonHas('numpy'),
  c: spawnSync('cc', ['--version']).status === 0,
};

describe('maddpg export', () => {
  for (const format of FORMATS) {
    it(`writes ${format} into the run, and says which lines act`, async () => {
      const { code, stdout, stderr } = await runCli(cwd, ['export', 'runs/continuous', '--format', format]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const folder = path.join('runs', 'continuous', 'export', format);
      expect(filesBelow(path.join(cwd, folder))).toEqual(filesOf(format));
      const checkpoint = 'runs/continuous/checkpoints/step-000000200';
      expect(stdout.split('\n')[0]).toBe(`${checkpoint}, step 200, for ${format} in ${folder}`);
      const readme = fs.readFileSync(path.join(cwd, folder, 'README.md'), 'utf8');
      expect(readme).toContain(stdout.slice(stdout.indexOf('\n\n') + 2));
    });

    // Needs the format's runtime.
    it.skipIf(!NEEDS[format])(`writes a README for ${format} whose lines act`, async () => {
      const numbers: Record<string, number[]> = {};
      for (const name of ['continuous', 'discrete', 'recurrent']) {
        const folder = path.join(cwd, `${name}-${format}`);
        await runCli(cwd, ['export', `runs/${name}`, '--format', format, '--out', folder]);
        const printed = (await runSnippet(format, folder)).replace(/^tensor|^.*tfjs-node.*$|=/gm, '');
        numbers[name] = [...printed.matchAll(/\d+(\.\d+)?(e-\d+)?/g)].map(([text]) => Number(text));
      }
      for (const name of ['continuous', 'recurrent']) {
        const { actions } = await acting(name);
        expect(numbers[name]).toHaveLength(5);
        numbers[name]!.forEach((x, k) => {
          expect(x).toBeCloseTo(actions[k]!, 3);
        });
      }
      expect(numbers['discrete']).toHaveLength(1);
    });
  }

  // Its lines import torch.
  it.skipIf(!NEEDS['torch'])(
    'writes a README for xuance whose lines print the names of its networks',
    async () => {
      const folder = path.join(cwd, 'for-xuance');
      await runCli(cwd, ['export', 'runs/continuous', '--format', 'xuance', '--out', folder]);
      expect(filesBelow(folder)).toEqual(['README.md', 'export.json', 'policy.pth']);
      const networks = ['actor', 'critic', 'target_actor', 'target_critic'];
      const tensors = [0, 2].flatMap((layer) => ['weight', 'bias'].map((kind) => `model.${layer}.${kind}`));
      expect((await runSnippet('xuance', folder)).trimEnd().split('\n')).toEqual(
        networks.flatMap((network) => tensors.map((tensor) => `${network}.agent_0.${tensor}`)),
      );
    },
  );

  it('replaces an earlier export of the same format, and nothing else', async () => {
    const args = ['export', 'runs/continuous', '--format=onnx', '--out=mine'];
    await runCli(cwd, args);
    const again = await runCli(cwd, [...args, '--agent=agent_1', '--critics']);
    expect(again.code).toBe(0);
    expect(filesBelow(path.join(cwd, 'mine'))).toEqual([
      'README.md',
      'agent_1.critic.onnx',
      'agent_1.onnx',
      'export.json',
    ]);
    const refused = (got: string): { code: number; stdout: string; stderr: string } => ({
      ...{ code: 2, stdout: '' },
      stderr: `--out: expected a new or empty folder, or one with an earlier numpy export, got ${got}: mine; choose another\n`,
    });
    const other = ['export', 'runs/continuous', '--format=numpy', '--out=mine'];
    expect(await runCli(cwd, other)).toEqual(refused('an export of format onnx'));
    fs.writeFileSync(path.join(cwd, 'mine', 'export.json'), '{"format":"numpy","files":["../runs"]}');
    expect(await runCli(cwd, other)).toEqual(refused('one whose export.json no export has written'));
    fs.rmSync(path.join(cwd, 'mine', 'export.json'));
    expect(await runCli(cwd, other)).toEqual(refused('one with other files'));
    expect(filesBelow(path.join(cwd, 'mine'))).toEqual(['README.md', 'agent_1.critic.onnx', 'agent_1.onnx']);
  });

  it('names a fault in one line', async () => {
    const fault = async (...args: string[]): Promise<{ code: number | null; stderr: string }> => {
      const { code, stderr } = await runCli(cwd, ['export', ...args]);
      return { code, stderr };
    };
    expect(await fault('runs/continuous', '--format=c', '--agent=agent_3')).toEqual({
      code: 2,
      stderr:
        '--agent: expected an agent of runs/continuous/checkpoints/step-000000200, got agent_3; did you mean agent_0?\n',
    });
    fs.writeFileSync(path.join(cwd, 'file'), '');
    expect(await fault('runs/continuous', '--format=c', '--out=file')).toEqual({
      code: 2,
      stderr: '--out: expected a folder that can be written, got a file in place of its folder: file\n',
    });
    expect((await fault('runs/none', '--format=c')).code).toBe(2);
    expect((await fault('runs/continuous')).code).toBe(2);
  });

  it('prints JSON', async () => {
    const { stdout } = await runCli(cwd, [
      'export',
      'runs/continuous',
      '--format=c',
      '--out=json',
      '--best',
      '--json',
    ]);
    const { files, ...others } = JSON.parse(stdout) as { files: unknown; step: number };
    const { step } = others;
    expect(others).toEqual({
      ...{ format: 'c', folder: 'json', step },
      checkpoint: `runs/continuous/checkpoints/step-${String(step).padStart(9, '0')}`,
    });
    expect(files).toEqual(
      ['export.json', 'policy.h', 'README.md'].map((name) => ({
        name,
        bytes: fs.statSync(path.join(cwd, 'json', name)).size,
      })),
    );
  });
});

/** What a run's policy does where all observations are 0. */
async function acting(name: string): Promise<{ actions: number[] }> {
  const { loadPolicy } = await import('../../src/run/load-policy.ts');
  const policy = await loadPolicy(path.join(cwd, 'runs', name));
  const observations = policy.spec.agents.map(
    ({ name, obsWidth }) => [name, new Float32Array(obsWidth)] as const,
  );
  const state = policy.initialState();
  const { agent_0: action } = policy.act(Object.fromEntries(observations), { state });
  policy.dispose();
  return { actions: [...(action as Float32Array)] };
}

// Plays in Python.
describe.skipIf(!pythonHas('mpe2') || !pythonHas('onnxruntime'))(
  'an exported policy in mpe2 (Python)',
  () => {
    for (const name of ['continuous', 'discrete', 'recurrent'])
      it(`earns over 100 episodes what eval says, to 1e-3: ${name}`, { timeout: 180_000 }, async () => {
        const folders = ['numpy', 'onnx'].map((format) => path.join(cwd, `${name}-mpe2-${format}`));
        for (const folder of folders)
          await runCli(cwd, [
            'export',
            `runs/${name}`,
            '--format',
            folder.split('-').at(-1)!,
            '--out',
            folder,
          ]);
        const { stdout } = await runCli(cwd, [
          'eval',
          '--checkpoint',
          `runs/${name}`,
          '--episodes=100',
          '--json',
        ]);
        const { policy } = JSON.parse(stdout) as { policy: { per_agent: Record<string, { mean: number }> } };
        const script = path.join(ROOT, 'test', 'export', 'play.py');
        const played = await run(PYTHON, [script, 'simple_spread_v3', name, '100', ...folders]);
        const returns = JSON.parse(played.stdout) as Record<string, Record<string, number>>;
        for (const format of ['numpy', 'onnx'])
          for (const [agent, { mean }] of Object.entries(policy.per_agent))
            expect(Math.abs(returns[format]![agent]! - mean), `${format} ${agent}`).toBeLessThan(1e-3);
      });
  },
);
