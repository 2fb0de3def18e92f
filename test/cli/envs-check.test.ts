import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { newestWeights, ROOT, runCli, temporaryFolder, TINY } from './run-cli.ts';

/** A new folder with the example as env.mjs, modified by `change`. */
function folderWith(change: (source: string) => string): string {
  const folder = temporaryFolder();
  const source = fs.readFileSync(path.join(ROOT, 'examples', 'meeting.mjs'), 'utf8');
  fs.writeFileSync(path.join(folder, 'env.mjs'), change(source));
  return folder;
}

describe('maddpg envs check', () => {
  it('reports a correct environment with exit code 0', async () => {
    const folder = folderWith((source) => source);
    for (const module of ['./env.mjs', 'env.mjs', path.join(folder, 'env.mjs')])
      expect(await runCli(folder, ['envs', 'check', module, '--set', 'env_options.max_cycles=4'])).toEqual({
        code: 0,
        stdout: `${module}: ok (guide, visitor; 3 episodes, 12 steps; finished early: visitor, guide)\n`,
        stderr: '',
      });
  });

  it('prints one line per fault with exit code 2', async () => {
    const folder = folderWith((source) => source.replace('-away(name)),', '-away(name) / 0),'));
    expect(await runCli(folder, ['envs', 'check', './env.mjs'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        './env.mjs: step 1: rewards.guide: expected a finite number, got -Infinity\n' +
        './env.mjs: step 1: rewards.visitor: expected a finite number, got -Infinity\n',
    });
  });

  it('reports an async step() once, even if its Promise is rejected later', async () => {
    const folder = folderWith((source) =>
      source
        .replace('    step(actions) {', '    async step(actions) {')
        .replace('steps += 1;', 'await 0; throw new Error("too late");'),
    );
    expect(await runCli(folder, ['envs', 'check', './env.mjs'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        './env.mjs: step 1: expected { observations, rewards, terminations, truncations, infos }, got a Promise; step() must be synchronous: no async, no await\n',
    });
  });

  it('is not ended, nor its output mixed, by an environment that exits and prints', async () => {
    const folder = folderWith((source) =>
      source.replace('steps += 1;', 'console.log("stepping"); process.exit(0);'),
    );
    const { code, stdout, stderr } = await runCli(folder, ['envs', 'check', './env.mjs']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^stepping\n\.\/env\.mjs: step 1: .*expected it to return, got process\.exit\(0\) \(env\.mjs:\d+:\d+\)\n$/,
    );
    const config = ['--set=env_name=custom', '--set=env_id=./env.mjs', '--set=use_parameter_sharing=false'];
    const atLoading = folderWith((source) => `process.exit(0);\n${source}`);
    const check = await runCli(atLoading, ['config', 'check', 'smoke.yaml', ...config, '--open-env']);
    expect({ code: check.code, stdout: check.stdout }).toEqual({ code: 2, stdout: '' });
    expect(check.stderr).toContain('expected it to return, got process.exit(0)');
  });

  it('rejects a missing module and unknown keys', async () => {
    const folder = temporaryFolder();
    expect(await runCli(folder, ['envs', 'check', ''])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'envs check: expected a path such as ./my-env.mjs, or a package, got ""\n',
    });
    expect(await runCli(folder, ['envs', 'check', './env.mjs'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'env_id: expected the file of an environment, got ./env.mjs, which does not exist\n',
    });
    const { code, stderr } = await runCli(folder, ['envs', 'check', './env.mjs', '--set', 'env_option.x=1']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        '--set env_option.x=1: env_option: expected a known key, got "env_option"; did you mean env_options?\n',
    });
  });
});

describe('an environment in TypeScript', () => {
  // 'strip' if Node runs TypeScript natively (22.18 and later).
  const runsTypeScript = Reflect.get(process.features, 'typescript') === 'strip';

  it(`is ${runsTypeScript ? 'accepted' : 'rejected with a hint'} by Node ${process.version}`, async () => {
    const folder = folderWith((source) => source);
    fs.writeFileSync(
      path.join(folder, 'env.mts'),
      "import make from './env.mjs';\nexport default (options: { max_cycles?: number }) => make(options);\n",
    );
    const { code, stdout, stderr } = await runCli(folder, ['envs', 'check', './env.mts']);
    const refusal =
      /^env_id: expected a module that can be loaded, got \.\/env\.mts: TypeError: Unknown file extension "\.mts" for \S+\/env\.mts; run it with Node 22\.18 or later, or with tsx: npm install tsx, then NODE_OPTIONS=--import=tsx npx maddpg \.\.\.\n$/;
    if (runsTypeScript)
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: './env.mts: ok (guide, visitor; 3 episodes, 75 steps; finished early: guide, visitor)\n',
      });
    else expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(refusal) as string });
  });
});

describe('training in a custom environment', () => {
  const SETS = [...TINY.slice(1), '--set=activation_action=tanh', '--set=use_parameter_sharing=false'];
  const yaml = 'env_name: custom\nenv_id: ./env.mjs\nparallels: 4\n';

  it('names the run after the module, and evaluates and resumes from any folder', async () => {
    const folder = folderWith((source) => source);
    fs.mkdirSync(path.join(folder, 'elsewhere'));
    fs.writeFileSync(path.join(folder, 'run.yaml'), yaml);
    const elsewhere = path.join(folder, 'elsewhere');
    const { code, stderr } = await runCli(elsewhere, ['train', '--config', '../run.yaml', ...SETS]);
    expect({ code, warnings: /^warning.*/m.exec(stderr) }).toEqual({ code: 0, warnings: null });
    const run = path.join(elsewhere, 'runs', 'maddpg-env-seed1');
    const evaluated = await runCli(folder, ['eval', '--checkpoint', run, '--episodes', '3', '--json']);
    expect(
      Object.keys((JSON.parse(evaluated.stdout) as { policy: { per_agent: object } }).policy.per_agent),
    ).toEqual(['guide', 'visitor']);
    // The environment has snapshot(), so resuming is exact.
    const constant = [...SETS, '--set=lr_schedule=constant', '--set=start_noise=0.1', '--set=end_noise=0.1'];
    const trained = (...more: string[]): Promise<unknown> =>
      runCli(folder, ['train', '--config', 'run.yaml', ...constant, ...more]);
    await trained('--name=whole');
    await trained('--name=half', '--set=running_steps=100');
    const resumed = await runCli(folder, ['train', '--resume', 'runs/half', '--set', 'running_steps=200']);
    expect({ code: resumed.code, warnings: /^warning.*/m.exec(resumed.stderr) }).toEqual({
      code: 0,
      warnings: null,
    });
    const weights = (name: string): Buffer => newestWeights(path.join(folder, 'runs', name));
    expect(weights('half')).toEqual(weights('whole'));
  });

  it('survives moving the folder of module and runs', async () => {
    const folder = folderWith((source) => source);
    fs.writeFileSync(path.join(folder, 'run.yaml'), yaml);
    const half = ['--name=moved', '--set=running_steps=100'];
    await runCli(folder, ['train', '--config', 'run.yaml', ...SETS, ...half]);
    const there = path.join(temporaryFolder(), 'project');
    fs.renameSync(folder, there);
    const run = path.join(there, 'runs', 'moved');
    const idIn = (file: string): string => /^env_id: (.*)$/m.exec(fs.readFileSync(file, 'utf8'))![1]!;
    expect(idIn(path.join(run, 'config.yaml'))).toBe('../../env.mjs');
    const checkpoint = path.join(run, 'checkpoints', 'step-000000100');
    expect(idIn(path.join(checkpoint, 'config.yaml'))).toBe('../../../../env.mjs');
    expect(JSON.parse(fs.readFileSync(path.join(checkpoint, 'policy.json'), 'utf8'))).toMatchObject({
      env_id: '../../../../env.mjs',
    });

    const evaluated = await runCli('.', ['eval', '--checkpoint', run, '--episodes', '2', '--json']);
    expect([evaluated.code, evaluated.stderr]).toEqual([0, '']);
    const resumed = await runCli('.', ['train', '--resume', run, '--set', 'running_steps=200', '--quiet']);
    expect(resumed.code).toBe(0);
    expect(idIn(path.join(run, 'config.yaml'))).toBe('../../env.mjs');
  });

  it('warns about new episodes on resume and unreachable actions', async () => {
    const folder = folderWith((source) =>
      source.replace('snapshot: () =>', 'unused: () =>').replace('restore(', 'unread('),
    );
    fs.writeFileSync(path.join(folder, 'run.yaml'), yaml);
    const args = ['train', '--config', 'run.yaml', ...SETS, '--name', 'a', '--quiet'];
    const first = await runCli(folder, [
      ...args,
      '--set',
      'activation_action=sigmoid',
      '--set',
      'running_steps=100',
    ]);
    expect(first.stderr).toBe(
      'warning: activation_action sigmoid only reaches actions from 0 to 1, but the environment takes -1 to 1: set ' +
        'activation_action to tanh, or scale actions in the environment\n',
    );
    const second = await runCli(folder, [
      'train',
      '--resume',
      'runs/a',
      '--quiet',
      '--set',
      'running_steps=200',
    ]);
    expect(second.stderr).toMatch(
      /^warning: .*env\.mjs does not save environment state: the resumed run starts new episodes, so its results differ from those of an uninterrupted run$/m,
    );
    expect(second.code).toBe(0);
  });

  it('fails before training if close() throws: one line, exit code 1', async () => {
    const folder = folderWith((source) =>
      source.replace(
        '    step(actions) {',
        '    close() { throw new Error("no way out"); },\n    step(actions) {',
      ),
    );
    fs.writeFileSync(path.join(folder, 'run.yaml'), yaml);
    const { code, stderr } = await runCli(folder, ['train', '--config', 'run.yaml', ...SETS, '--quiet']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\.\/env\.mjs: close\(\) failed: no way out \(env\.mjs:\d+:\d+\)\n$/);
  });

  it('fails with one line and exit code 1 if the environment throws', async () => {
    const folder = folderWith((source) =>
      source.replace('steps += 1;', 'if (++steps === 20) throw new TypeError("the lantern fell");'),
    );
    fs.writeFileSync(path.join(folder, 'run.yaml'), yaml);
    const { code, stderr } = await runCli(folder, ['train', '--config', 'run.yaml', ...SETS, '--quiet']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^\.\/env\.mjs: step\(\) failed: TypeError: the lantern fell \(env\.mjs:\d+:\d+\)\n$/,
    );
  });
});
