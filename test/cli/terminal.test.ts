/** A training outlives those who watch it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, INTERRUPTIBLE, temporaryFolder, TINY } from './run-cli.ts';

const cwd = temporaryFolder();

describe.concurrent('a training', () => {
  it('continues to its end when standard error is closed', async () => {
    const child = spawn(process.execPath, [BIN, 'train', ...TINY, '--name=unheard', '--json'], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await once(child.stderr, 'data');
    child.stderr.destroy();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(JSON.parse(stdout)).toMatchObject({ steps: 200, ended: 'running_steps' });
    expect(fs.readFileSync(path.join(cwd, 'runs/unheard/checkpoints/latest'), 'utf8')).toBe(
      'step-000000200\n',
    );
  });

  it('writes a checkpoint when its terminal hangs up', async () => {
    const child = spawn(process.execPath, [BIN, 'train', ...TINY, ...INTERRUPTIBLE, '--name=hung-up'], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!stderr.includes('step 100:') && (stderr + text).includes('step 100:')) child.kill('SIGHUP');
      stderr += text;
    });
    expect(await once(child, 'close')).toEqual([130, null]);
    const latest = fs.readFileSync(path.join(cwd, 'runs/hung-up/checkpoints/latest'), 'utf8');
    expect(latest).toMatch(/^step-\d{9}\n$/);
    expect(stderr).toContain(`--resume runs/hung-up\n`);
  });
});
