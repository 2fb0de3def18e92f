/** Processes that race for the lock of a dead one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { expect, it } from 'vitest';

const LOCK = new URL('../../dist/run/lock.js', import.meta.url).href;

/** Waits for a line on standard input, locks, says so, and holds the lock until the input ends. */
const RACER = `
  const { lockRun } = await import(${JSON.stringify(LOCK)});
  process.stdout.write('ready\\n');
  process.stdin.once('data', () => {
    try {
      lockRun(process.argv[1]);
      process.stdout.write('locked\\n');
    } catch (error) {
      process.stdout.write(error.exitCode === 2 ? 'refused\\n' : error.stack);
    }
  });
`;

it('exactly one of several processes gets the lock of a dead one', async () => {
  for (let round = 0; round < 10; round++) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-race-'));
    const dead = { pid: 2 ** 22 + 1, host: os.hostname(), started: null, namespace: null, token: 'dead' };
    const namespace = process.platform === 'linux' ? fs.readlinkSync('/proc/self/ns/pid') : null;
    fs.writeFileSync(path.join(dir, 'run.lock'), JSON.stringify({ ...dead, namespace }));
    const racers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', RACER, dir], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    await Promise.all(racers.map(({ stdout }) => once(stdout, 'data')));
    const answers = racers.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim());
    for (const { stdin } of racers) stdin.write('go\n');
    expect((await Promise.all(answers)).sort()).toEqual(['locked', 'refused', 'refused', 'refused']);
    for (const racer of racers) racer.kill();
    await Promise.all(racers.map((racer) => once(racer, 'exit')));
    fs.rmSync(dir, { recursive: true });
  }
});
