import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { filesBelow, runCli, temporaryFolder, TINY } from './run-cli.ts';

const cwd = temporaryFolder();
fs.writeFileSync(
  path.join(cwd, 'wrong.yaml'),
  'agent: MADDPG\nbatchsize: 64\ntau: fast\nseed: -1\nparallels: 2.5\n',
);
fs.writeFileSync(path.join(cwd, 'environment.yaml'), 'env_options:\n  M: 4\n');
fs.writeFileSync(path.join(cwd, 'empty.yaml'), '');
fs.mkdirSync(path.join(cwd, 'folder'));

/** Faulty commands and their complete standard error. */
const FAULTS: readonly (readonly [args: readonly string[], stderr: readonly (string | RegExp)[]])[] = [
  [
    ['train', '--config', 'wrong.yaml'],
    [
      'wrong.yaml:2:1: batchsize: expected a known key, got "batchsize"; did you mean batch_size?',
      'wrong.yaml:3:6: tau: expected a number > 0 and <= 1, got "fast"',
      'wrong.yaml:4:7: seed: expected an integer from 0 to 4294967295, got -1',
      'wrong.yaml:5:12: parallels: expected an integer from 1 to 1000000, got 2.5',
    ],
  ],
  [
    ['train', '--config', 'nowhere.yaml'],
    [
      /^nowhere\.yaml: expected a file or the name of a packaged configuration, got neither; the nearest packaged ones are /,
    ],
  ],
  [
    ['config', 'check', 'environment.yaml'],
    [
      /^environment\.yaml:2:6: env_options\.M: expected an option of simple_spread_v3 \(N, .*\), got M; did you mean N\?$/,
    ],
  ],
  [['train', '--config', 'empty.yaml'], [/^empty\.yaml.*: expected /]],
  [['train', '--config', 'folder'], [/^folder: expected /]],
  [
    ['train'],
    ['--config: expected a file or the name of a packaged configuration, got nothing; try --config mpe.yaml'],
  ],
  [
    ['train', ...TINY, '--set', 'buffer_sise=10'],
    ['--set buffer_sise=10: buffer_sise: expected a known key, got "buffer_sise"; did you mean buffer_size?'],
  ],
  [['train', ...TINY, '--set', 'batch_size'], [/^--set batch_size: expected key=value, got /]],
  [
    ['train', ...TINY, '--set', 'env_id=simple_spred_v3'],
    [
      /^--set env_id=simple_spred_v3: env_id: expected one of .*simple_spread_v3.*, got simple_spred_v3; did you mean simple_spread_v3\?$/,
    ],
  ],
  [
    ['train', ...TINY, '--set', 'env_options.N=0'],
    [/^--set env_options\.N=0: env_options\.N: expected an integer from 1 to \d+, got 0$/],
  ],
  [
    ['train', ...TINY, '--set', 'agent=ISAC', '--set', 'continuous_action=false', '--name', 'x'],
    [
      /^--set agent=ISAC: agent: expected MADDPG, MATD3 or IDDPG \(.*\), got ISAC; or set continuous_action to true$/,
    ],
  ],
  [['train', ...TINY, '--seed', 'abc'], ['--seed: expected a whole number of at least 0, got abc']],
  [['train', ...TINY, '--seed', '1.5'], ['--seed: expected a whole number of at least 0, got 1.5']],
  [['train', ...TINY, '--seed', ''], ['--seed: expected a whole number of at least 0, got nothing']],
  [['train', ...TINY, '--seed', '-1'], ['--seed: expected a whole number of at least 0, got -1']],
  [
    ['train', ...TINY, '--seed', '4294967296'],
    ['--seed: seed: expected an integer from 0 to 4294967295, got 4294967296'],
  ],
  [['train', ...TINY, '--name', 'a/b'], [/^--name.*: expected a folder.*, got .*a\/b/]],
  [['train', '--resume', 'nothing'], ['nothing: expected a run folder, got no such folder']],
  [
    ['train', '--resume', 'folder'],
    ['folder: expected a run folder with config.yaml, got a folder without one'],
  ],
  [
    ['train', '--resume', 'folder', '--seed', '3'],
    ['--seed: expected none with --resume, got 3; leave it out'],
  ],
  [
    ['train', '--confg', 'mpe.yaml'],
    ["error: unknown option '--confg'", '(Did you mean --config?)'],
  ],
  [['train', '--config'], [/^error: option '--config <file\|name>' argument missing$/]],
  [['train', 'mpe.yaml'], ['train: expected options only, got mpe.yaml; did you mean --config mpe.yaml?']],
  [
    ['train', '--config', 'smoke.yaml', '--batch-size=32'],
    ["error: unknown option '--batch-size'", '(to set the key: --set batch_size=32)'],
  ],
  [
    ['config', 'show', 'smoke.yaml', '--gamma', '0.5'],
    ["error: unknown option '--gamma'", '(to set the key: --set gamma=...)'],
  ],
  [
    ['config', 'check', 'smoke.yaml', '--set', 'env_id=simple_tag_v3'],
    [
      /^--set env_id=simple_tag_v3: use_parameter_sharing: expected agents of equal widths in a group, got adversary_0 .*; set use_parameter_sharing: false or teams$/,
    ],
  ],
  [['trian'], ["error: unknown command 'trian'", '(Did you mean train?)']],
  [['constructor'], ["error: unknown command 'constructor'"]],
  [['eval'], ['eval: expected one of --checkpoint, --env and --cross, got none']],
  [['eval', '--checkpoint', 'nothing'], [/^nothing: expected .*, got /]],
  [['eval', '--checkpoint', 'folder'], [/^folder: expected .*, got /]],
  [
    ['eval', '--checkpoint', 'folder', '--episodes', '0'],
    ['--episodes: expected a whole number of at least 1, got 0'],
  ],
  [
    ['config', 'check', 'nowhere'],
    [/^nowhere: expected a file or the name of a packaged configuration, got neither/],
  ],
  [
    ['config', 'chek', 'mpe.yaml'],
    ["error: unknown command 'chek'", '(Did you mean check?)'],
  ],
  [
    ['config', 'check'],
    ['config check: expected a file or the name of a packaged configuration, got nothing; try mpe.yaml'],
  ],
  [['config', 'explain', 'tua'], [/^config explain: expected a known key, got "tua"; did you mean tau\?$/]],
  [['envs', 'simple_spread'], [/expected one of .*, got simple_spread; did you mean simple_spread_v3\?$/]],
  [['doctor', 'now'], [/^error: too many arguments for 'doctor'/]],
];

describe.concurrent('a user error', () => {
  const before = filesBelow(cwd);

  it.each(
    FAULTS.map(([args, stderr]) => ({
      command: args.filter((a) => !TINY.includes(a)).join(' '),
      args,
      stderr,
    })),
  )('maddpg $command: exit code 2 and one line per fault', async ({ args, stderr }) => {
    const result = await runCli(cwd, args);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
    const lines = result.stderr.trimEnd().split('\n');
    expect(lines).toEqual(
      stderr.map((line) => (typeof line === 'string' ? line : (expect.stringMatching(line) as string))),
    );
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 2, stdout: '' });
  });

  // Windows takes such paths for ones that are not there.
  it.skipIf(process.platform === 'win32')('paths that cannot exist are faults, too', async () => {
    const folder = temporaryFolder();
    fs.symlinkSync('loop', path.join(folder, 'loop'));
    const stderrOf = async (...args: string[]): Promise<string> => (await runCli(folder, args)).stderr;
    expect(await stderrOf('config', 'check', 'loop')).toBe(
      'loop: expected a file or folder, got a symbolic link that leads back to itself; remove it\n',
    );
    expect(await stderrOf('sweep', 'table', 'x'.repeat(300))).toBe(
      `${'x'.repeat(77)}...: expected a file or folder, got a name that is too long; shorten it\n`,
    );
  });

  afterAll(() => {
    expect(filesBelow(cwd), 'a fault leaves no file behind').toEqual(before);
  });
});
