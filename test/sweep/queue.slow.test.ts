/** A sweep on a queue: no folder is shared, trials move between workers, and the password stays secret. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newestWeights, runCli, startCli, temporaryFolder } from '../cli/run-cli.ts';
import { freePort, PASSWORD, programAt, STORES, type TestServer } from './servers.ts';

/** One trial of some seconds: a worker must be able to leave in the middle of it. */
const SWEEP = `
config: smoke.yaml
set: { running_steps: 30000, save_interval: 1000 }
seeds: 1
`;

async function planned(): Promise<string> {
  const cwd = temporaryFolder();
  fs.writeFileSync(path.join(cwd, 'sweep.yaml'), SWEEP);
  expect(await runCli(cwd, ['sweep', 'plan', 'sweep.yaml', '--dir', 's'])).toMatchObject({ code: 0 });
  return cwd;
}

const TRIAL = path.join('trials', 'run-s1');

describe.each(['redis', 'postgres'] as const)('a queue in %s', (store) => {
  const lacks = programAt(STORES[store].program) === undefined;
  let server: TestServer | undefined;
  beforeAll(async () => {
    if (!lacks) server = await STORES[store].start();
  });
  afterAll(() => {
    server?.stop();
  });

  // Trains twice and starts six processes: may exceed the default minute on a busy machine.
  const limit = { timeout: 180_000 };
  it.skipIf(lacks)(
    'gives a trial back with its checkpoint, also to a server that starts anew',
    limit,
    async () => {
      const cwd = await planned();
      const env = { MADDPG_QUEUE: server!.url };
      const serving = startCli(cwd, ['sweep', 'serve', 's'], env);
      const leaving = startCli(cwd, ['sweep', 'work', '--workers=1', '--every=0'], env);
      await leaving.says('run-s1: starts');
      // Long enough for a checkpoint or two, and for the server to hear of progress.
      await leaving.says('run-s1: sent step-');
      leaving.interrupt();
      const left = await leaving.ended;
      expect(left).toMatchObject({ code: 130, stdout: 'trials done here: 0\n' });
      serving.interrupt();
      expect(await serving.ended).toMatchObject({ code: 130 });

      const again = startCli(cwd, ['sweep', 'serve', 's'], env);
      const work = startCli(cwd, ['sweep', 'work', '--workers=1'], env);
      const worked = await work.ended;
      expect(worked).toMatchObject({ code: 0, stdout: 'trials done here: 1\n' });
      expect(worked.stderr).toContain('run-s1: resumes\n');
      const served = await again.ended;
      expect(served).toMatchObject({ code: 0, stdout: '1 trial done, 0 failed, 0 unfinished\n' });

      fs.renameSync(path.join(cwd, 's', TRIAL), path.join(cwd, 'queued'));
      expect(await runCli(cwd, ['sweep', 'run', 's'])).toMatchObject({ code: 0 });
      const [queued, local] = [path.join(cwd, 'queued'), path.join(cwd, 's', TRIAL)];
      expect(newestWeights(queued).equals(newestWeights(local))).toBe(true);
      const said = [left, worked, served].map(({ stdout, stderr }) => stdout + stderr).join('');
      const files = fs.readdirSync(queued, { recursive: true, encoding: 'utf8' });
      const written = files
        .map((name) => path.join(queued, name))
        .filter((file) => fs.statSync(file).isFile())
        .map((file) => fs.readFileSync(file, 'latin1'));
      expect([said, ...written].some((text) => text.includes(PASSWORD))).toBe(false);
    },
  );
});

describe('without a server that answers', () => {
  it('names the address without its password', async () => {
    const port = await freePort();
    const env = { MADDPG_QUEUE: `redis://someone:${PASSWORD}@127.0.0.1:${port}/3` };
    expect(await startCli(temporaryFolder(), ['sweep', 'work'], env).ended).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `--queue: expected a server that answers at redis://127.0.0.1:${port}/3, got connect ECONNREFUSED 127.0.0.1:${port}; ` +
        'start it, or name another\n',
    });
  });

  it('says which addresses there are', async () => {
    expect(
      await runCli(temporaryFolder(), ['sweep', 'work', '--queue', `http://x:${PASSWORD}@host`]),
    ).toEqual({
      code: 2,
      stdout: '',
      stderr: '--queue: expected redis://HOST:PORT/NUMBER or postgres://HOST:PORT/DATABASE, got http://...\n',
    });
  });
});
