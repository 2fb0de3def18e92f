/** `maddpg sweep plan` and `run`, and `maddpg train --seeds`. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Trial } from '../../src/sweep/trial.ts';
import { setsOf } from '../../src/sweep/plan.ts';
import { newestWeights, runCli, startCli, temporaryFolder } from './run-cli.ts';

/** Trains for a fraction of a second a trial. */
const FILE = `
config: smoke.yaml
budget: { steps: 200 }
set:
  { start_training: 40, training_frequency: 4, buffer_size: 400, batch_size: 8, actor_hidden_size: [8], critic_hidden_size: [8],
    eval_interval: 100, test_episode: 2, save_interval: 100, log_interval: 100 }
algorithms: [MADDPG, MATD3]
seeds: 2
`;

/** A folder with sweep.yaml and its plan in `s`. */
async function planned(text = FILE): Promise<string> {
  const cwd = temporaryFolder();
  fs.writeFileSync(path.join(cwd, 'sweep.yaml'), text);
  const { code, stderr } = await runCli(cwd, ['sweep', 'plan', 'sweep.yaml', '--dir=s']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return cwd;
}

function trialsOf(cwd: string): Trial[] {
  const lines = fs
    .readFileSync(path.join(cwd, 's', 'trials.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Trial);
}

/** The first line that a sweep prints. */
const counted = ({ stdout }: { readonly stdout: string }): string => stdout.split('\n')[0]!;

const runOf = (cwd: string, name: string): string => path.join(cwd, 's', 'trials', name);

describe('maddpg sweep', () => {
  it('trains every trial as maddpg train does, and only what is left', { timeout: 120_000 }, async () => {
    const cwd = await planned();
    const trials = trialsOf(cwd);
    expect(trials.map(({ name, group, seed }) => [name, group, seed])).toEqual([
      ['1-maddpg-s1', '1-maddpg', 1],
      ['1-maddpg-s2', '1-maddpg', 2],
      ['2-matd3-s1', '2-matd3', 1],
      ['2-matd3-s2', '2-matd3', 2],
    ]);
    const first = await runCli(cwd, ['sweep', 'run', 's', '--workers=2', '--index=0', '--of=2']);
    expect([first.code, counted(first)]).toEqual([0, '2 trials done, 0 failed, 0 unfinished']);
    expect(fs.readdirSync(path.join(cwd, 's', 'trials')).sort()).toEqual(['1-maddpg-s1', '2-matd3-s1']);
    const config = path.join(runOf(cwd, '1-maddpg-s1'), 'config.yaml');
    const { mtimeMs } = fs.statSync(config);
    const rest = await runCli(cwd, ['sweep', 'run', 's', '--workers=2']);
    expect([rest.code, counted(rest)]).toEqual([0, '4 trials done, 0 failed, 0 unfinished']);
    expect(fs.statSync(config).mtimeMs).toBe(mtimeMs);
    const { keys } = trials[3]!;
    const own = ['--config=smoke.yaml', '--name=own', ...setsOf(keys).map((set) => `--set=${set}`)];
    expect((await runCli(cwd, ['train', ...own])).code).toBe(0);
    expect(newestWeights(runOf(cwd, '2-matd3-s2'))).toEqual(newestWeights(path.join(cwd, 'runs', 'own')));
  });

  it('changes one thing at a time with variants', async () => {
    const variants = 'variants: { base: {}, n_step 1: { n_step: 1 }, Soft: { agent: ISAC, tau: 0.1 } }';
    const trials = trialsOf(await planned(FILE.replace('algorithms: [MADDPG, MATD3]', variants)));
    expect(trials.map(({ name }) => name)).toEqual(
      ['1-base', '2-n_step1', '3-soft'].flatMap((group) => [`${group}-s1`, `${group}-s2`]),
    );
    const own = trials.map(({ keys: { agent, n_step, tau } }) => ({ agent, n_step, tau }));
    expect([own[0], own[2], own[4]]).toEqual([{}, { n_step: 1 }, { agent: 'ISAC', tau: 0.1 }]);
  });

  it('stops cleanly, and ends with the same weights when it goes on', { timeout: 120_000 }, async () => {
    const long = FILE.replace('steps: 200', 'steps: 4000').replace('algorithms: [MADDPG, MATD3]\n', '');
    const [cwd, undisturbed] = await Promise.all([planned(long), planned(long)]);
    const whole = runCli(undisturbed, ['sweep', 'run', 's', '--workers=1']);
    const running = startCli(cwd, ['sweep', 'run', 's', '--workers=2']);
    const saved = path.join(runOf(cwd, 'run-s1'), 'checkpoints', 'latest');
    await expect.poll(() => fs.existsSync(saved), { timeout: 60_000 }).toBe(true);
    running.interrupt();
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted; continue with: npx maddpg sweep run s\n');
    expect(counted(await runCli(cwd, ['sweep', 'run', 's']))).toBe('2 trials done, 0 failed, 0 unfinished');
    await whole;
    for (const name of ['run-s1', 'run-s2'])
      expect(newestWeights(runOf(cwd, name))).toEqual(newestWeights(runOf(undisturbed, name)));
  });

  it(
    'promotes by halving, to the bytes of whole runs, and confirms the best',
    { timeout: 180_000 },
    async () => {
      const text = FILE.replace('steps: 200', 'steps: 400').replace(
        'algorithms: [MADDPG, MATD3]',
        'grid: { tau: [0.5, 0.01, 0.001] }',
      );
      const cwd = await planned(
        `${text.replace('seeds: 2', 'seeds: 3')}halving: { steps: [200], keep: 0.34 }\nconfirm: { top: 1, seeds: [101], episodes: 5, test_seed: 9 }\n`,
      );
      const { code, stdout } = await runCli(cwd, ['sweep', 'run', 's', '--workers=2']);
      expect([code, stdout.split('\n')[0]]).toEqual([0, '10 trials done, 0 failed, 0 unfinished']);
      const steps = (name: string): string =>
        fs.readFileSync(path.join(runOf(cwd, name), 'checkpoints', 'latest'), 'utf8').trim();
      const trials = fs.readdirSync(path.join(cwd, 's', 'trials')).sort();
      const whole = trials.filter((name) => steps(name) === 'step-000000400' && !name.endsWith('-s101'));
      expect(whole).toHaveLength(3);
      const [group] = whole[0]!.split('-s');
      expect(whole).toEqual([1, 2, 3].map((seed) => `${group!}-s${seed}`));
      expect(trials.filter((name) => steps(name) === 'step-000000200')).toHaveLength(6);
      expect(trials.filter((name) => name.endsWith('-s101'))).toEqual([`${group!}-s101`]);
      const confirmed = JSON.parse(
        fs.readFileSync(path.join(runOf(cwd, `${group!}-s101`), 'evaluation.json'), 'utf8'),
      ) as object;
      expect(confirmed).toMatchObject({ episodes: 5, seed: 9, step: 400 });
      const { keys } = trialsOf(cwd).find(({ name }) => name === whole[0])!;
      const own = ['--config=smoke.yaml', '--name=own', ...setsOf(keys).map((set) => `--set=${set}`)];
      expect((await runCli(cwd, ['train', ...own])).code).toBe(0);
      expect(newestWeights(runOf(cwd, whole[0]!))).toEqual(newestWeights(path.join(cwd, 'runs', 'own')));
    },
  );

  it('leaves no worker behind when it is killed', { timeout: 120_000 }, async () => {
    const cwd = await planned(FILE.replace('steps: 200', 'steps: 100000'));
    const running = startCli(cwd, ['sweep', 'run', 's', '--workers=2']);
    const lock = path.join(runOf(cwd, '1-maddpg-s1'), 'run.lock');
    await expect.poll(() => fs.existsSync(lock), { timeout: 60_000 }).toBe(true);
    const { pid } = JSON.parse(fs.readFileSync(lock, 'utf8')) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    running.interrupt('SIGKILL');
    await running.ended;
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });

  it('reports failed trials, and begins them again on request', { timeout: 120_000 }, async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'broken.mjs'), BROKEN);
    const keys = FILE.replace('config: smoke.yaml', 'config: custom.yaml').replace(/algorithms.*\n/, '');
    fs.writeFileSync(path.join(cwd, 'custom.yaml'), 'env_name: custom\nenv_id: ./broken.mjs\nparallels: 4\n');
    fs.writeFileSync(path.join(cwd, 'sweep.yaml'), keys);
    expect(await runCli(cwd, ['sweep', 'plan', 'sweep.yaml', '--dir=s'])).toMatchObject({
      code: 0,
      stderr: '',
    });
    const failed = await runCli(cwd, ['sweep', 'run', 's']);
    expect([failed.code, counted(failed)]).toEqual([1, '0 trials done, 2 failed, 0 unfinished']);
    expect(failed.stderr).toMatch(/^run-s1: .*broken.*out of order/m);
    const again = await runCli(cwd, ['sweep', 'run', 's']);
    expect([again.code, counted(again)]).toEqual([1, '0 trials done, 2 failed, 0 unfinished']);
    fs.writeFileSync(path.join(cwd, 'broken.mjs'), BROKEN.replace('this.t === 9', 'false'));
    const retried = await runCli(cwd, ['sweep', 'run', 's', '--retry-failed']);
    expect([retried.code, counted(retried)]).toEqual([0, '2 trials done, 0 failed, 0 unfinished']);
  });

  it('is run by two processes at once, which train every trial once', { timeout: 120_000 }, async () => {
    const cwd = await planned(FILE.replace('steps: 200', 'steps: 1000'));
    const args = ['sweep', 'run', 's', '--workers=1'];
    for (const { code, stderr } of await Promise.all([runCli(cwd, args), runCli(cwd, args)]))
      expect([code, stderr.includes('moved or deleted')], stderr).toEqual([0, false]);
    expect(counted(await runCli(cwd, args))).toBe('4 trials done, 0 failed, 0 unfinished');
    for (const { name } of trialsOf(cwd)) {
      const log = fs.readFileSync(path.join(runOf(cwd, name), 'log.jsonl'), 'utf8');
      expect(log.match(/"msg":"ended"/g), name).toHaveLength(1);
    }
  });

  it('trains seeds with train --seeds', { timeout: 120_000 }, async () => {
    const cwd = temporaryFolder();
    const small = ['running_steps=200', 'start_training=100', 'test_episode=2', 'threads=1'].map(
      (set) => `--set=${set}`,
    );
    const args = ['train', '--config=smoke.yaml', ...small, '--seeds=2', '--name=two'];
    const { code, stdout } = await runCli(cwd, args);
    expect([code, stdout]).toEqual([
      0,
      '2 trials done, 0 failed, 0 unfinished\n\n' +
        'next:\n  npx maddpg sweep table runs/two\n  npx maddpg report runs/two\n',
    ]);
    expect(fs.readdirSync(path.join(cwd, 'runs', 'two', 'trials')).sort()).toEqual(['run-s1', 'run-s2']);
    const one = ['train', '--config=smoke.yaml', ...small, '--seed=2', '--name=one'];
    expect((await runCli(cwd, one)).code).toBe(0);
    expect(newestWeights(path.join(cwd, 'runs', 'two', 'trials', 'run-s2'))).toEqual(
      newestWeights(path.join(cwd, 'runs', 'one')),
    );
    expect(await runCli(cwd, args)).toMatchObject({
      code: 2,
      stderr:
        '--name: expected a new folder, got runs/two, which has files; run it with npx maddpg sweep run runs/two, or name another\n',
    });
  });

  it('names what is at fault, with exit code 2', { timeout: 120_000 }, async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(
      path.join(cwd, 'sweep.yaml'),
      'config: smoke.yaml\ngrid: { tau: [0.1, 7], gama: [0.9] }\n',
    );
    expect(await runCli(cwd, ['sweep', 'plan', 'sweep.yaml', '--dir=s'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'sweep.yaml: 1-0.1: --set gama=0.9: gama: expected a known key, got "gama"; did you mean gamma?\n',
    });
    expect(fs.existsSync(path.join(cwd, 's'))).toBe(false);
    expect(await runCli(cwd, ['sweep', 'run', 'nowhere'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'nowhere: expected the folder of a sweep (sweep.yaml and trials.jsonl), got no such folder; make one: npx maddpg sweep plan FILE\n',
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** An environment that fails in its ninth step. */
const BROKEN = `
const box = (low, high, n) => ({ kind: 'box', low, high, shape: [n] });
export default () => new (class {
  name = 'broken';
  possibleAgents = ['a'];
  agents = ['a'];
  observationSpace = () => box(-20, 20, 2);
  actionSpace = () => box(-1, 1, 1);
  reset() { this.t = 0; this.agents = ['a']; return { observations: { a: Float32Array.of(0, 0) }, infos: { a: {} } }; }
  step() {
    this.t += 1;
    if (this.t === 9) throw new Error('out of order');
    const over = this.t === 10;
    if (over) this.agents = [];
    return { observations: { a: Float32Array.of(0, this.t) }, rewards: { a: 1 }, terminations: { a: over }, truncations: { a: false }, infos: { a: {} } };
  }
})();
`;
