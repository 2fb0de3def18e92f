/** Ctrl-C in a terminal, which signals both maddpg and Python. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { PYTHON, pythonHas } from './python.ts';

const BIN = fileURLToPath(new URL('../../../bin/maddpg.js', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-ctrl-c-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

interface Training {
  readonly process: ChildProcess;
  /** Standard error so far. */
  readonly said: () => string;
  readonly pressCtrlC: () => void;
}

/** `maddpg train` on staggered.py, in its own process group. */
function training(name: string, options: Record<string, string>): Training {
  const settings = {
    env_name: 'pettingzoo',
    env_id: 'staggered',
    env_options: JSON.stringify({ ...options, free: true }),
    python: PYTHON,
    use_parameter_sharing: false,
    activation_action: 'tanh',
    parallels: 1,
    running_steps: 1_000_000,
    start_training: 1_000_000,
    eval_interval: 50,
    test_episode: 1,
    threads: 1,
  };
  const sets = Object.entries(settings).map(([key, value]) => `--set=${key}=${value}`);
  const child = spawn(process.execPath, [BIN, 'train', '--config=smoke.yaml', `--name=${name}`, ...sets], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', PYTHONPATH: FIXTURES },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (text += more));
  return { process: child, said: () => text, pressCtrlC: () => process.kill(-child.pid!, 'SIGINT') };
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 50));
}

// npm does not install Python and numpy.
describe.skipIf(!pythonHas('numpy'))(`Ctrl-C (skipped where ${PYTHON} has no numpy)`, () => {
  it('stops after a checkpoint and closes the environments', async () => {
    const log = path.join(folder, 'log');
    const { process: child, said, pressCtrlC } = training('once', { log });
    await until(() => said().includes('step 50:'));
    pressCtrlC();
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(said()).toMatch(/\ninterrupted; resume with: npx maddpg train --resume runs\/once\n$/);
    // One process reads the spaces, one environment trains and one evaluates.
    expect(fs.readFileSync(log, 'utf8')).toBe('closed\n'.repeat(3));
  });

  it('pressed again while Python hangs exits at once', async () => {
    const log = path.join(folder, 'hanging');
    const { process: child, said, pressCtrlC } = training('twice', { log, fault: 'hang' });
    await until(() => fs.existsSync(log) && fs.readFileSync(log, 'utf8').includes('hangs'));
    pressCtrlC();
    const again = setInterval(pressCtrlC, 500);
    const ended = await once(child, 'exit');
    clearInterval(again);
    expect(ended).toEqual([130, null]);
    expect(said()).toMatch(/\nsaving a checkpoint; press Ctrl-C again to quit immediately\n$/);
  });
});
