// The Python environments of `npm run bench:peers`, made on first use in a cache folder: $XDG_CACHE_HOME or ~/.cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** XuanCe imports MPE from PettingZoo, which has it up to 1.24; MPE2 needs a newer one. Hence two environments. */
const ENVIRONMENTS = {
  xuance: ['xuance==1.4.4', 'torch==2.13.0', 'pettingzoo==1.24.3'],
  jax: ['jax==0.10.2', 'mpe2==1.1.1'],
};
/** Installed where it can be. */
const OPTIONAL = { jax: 'jaxmarl==0.2.0' };

/** A fault that the user can mend: one line, no stack trace. */
export class PeerError extends Error {}

/** The interpreter of an environment, which is made if it is not there. @param {'xuance' | 'jax'} name */
export function interpreter(name) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'maddpg-peers');
  const folder = join(cache, [name, ...ENVIRONMENTS[name]].join('-').replaceAll('==', '_'));
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return python;
  mkdirSync(cache, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  process.stderr.write(`installing ${ENVIRONMENTS[name].join(', ')} into ${folder}: some minutes\n`);
  run('python3', ['-m', 'venv', folder], 'python3 with its module venv');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  run(python, [...pip, ...ENVIRONMENTS[name]], `pip to install ${ENVIRONMENTS[name].join(', ')}`);
  if (OPTIONAL[name] !== undefined) {
    const { status } = spawnSync(python, [...pip, ...ENVIRONMENTS[name], OPTIONAL[name]], {
      stdio: 'ignore',
    });
    if (status !== 0) process.stderr.write(`${OPTIONAL[name]} does not install here: going on without it\n`);
  }
  mkdirSync(join(folder, 'complete'));
  return python;
}

/** Runs a command that must succeed; `what` is what the message expects. */
function run(command, args, what) {
  const { status, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0) return;
  const got = error?.message ?? lastLine(stderr) ?? `exit code ${status}`;
  throw new PeerError(
    `bench:peers: expected ${what}, got ${got}; install Python 3.11 or newer with venv and check that pip reaches its index`,
  );
}

/** The last line that is not empty. @param {string} text */
export function lastLine(text) {
  return text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .at(-1);
}

/** Versions of installed packages by name; null if one is missing. */
export function versions(python, names) {
  const program =
    'import importlib.metadata as m, json, platform, sys\n' +
    'have = {d.metadata["Name"].lower(): d.version for d in m.distributions()}\n' +
    'print(json.dumps({"python": platform.python_version(), **{n: have.get(n) for n in sys.argv[1:]}}))';
  const { stdout } = spawnSync(python, ['-c', program, ...names], { encoding: 'utf8' });
  return JSON.parse(stdout);
}
