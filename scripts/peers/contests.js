// What `npm run bench:peers` measures, and who takes part.
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineStatus } from '../../dist/engine/registry.js';
import { lastLine, PeerError } from './python.js';
import { ONE_THREAD, pinned, Worker } from './worker.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const SIZES = [
  [256, 64],
  [1024, 64],
  [1024, 256],
];
/** Environment steps of the runs whose memory is measured. */
const MEMORY_STEPS = 8000;

/**
 * What is measured: contenders by name, each of which gives one figure a call, or null where it is not installed. Ours come first.
 * @typedef {{ measured: string, unit: string, better: 'smaller' | 'larger', rounds?: number,
 *   ours: Record<string, () => Promise<number>>, theirs: Record<string, (() => Promise<number>) | null> }} Contest
 */

/**
 * All contests; their workers run until end().
 * @param {{ xuance: string, jax: string }} python interpreters
 * @param {boolean} hasJaxMarl
 * @param {string} folder where processes may write
 * @returns {{ contests: Contest[], end: () => void }}
 */
export function prepare(python, hasJaxMarl, folder) {
  const workers = {};
  const ask = (name, command) => async (extra) => {
    workers[name] ??= new Worker(name, command, folder);
    return workers[name].ask(extra);
  };
  const worker = (env, name) => ask(name, [python[env], here(`${name}_worker.py`)]);
  const own = ask('maddpg', [process.execPath, here('own-worker.js')]);
  const ownTraining = ask('maddpg training', [process.execPath, here('own-worker.js')]);
  const xuance = worker('xuance', 'xuance');
  const jax = worker('jax', 'jax');
  const mpe2 = worker('jax', 'mpe2');
  const jaxmarl = hasJaxMarl ? worker('jax', 'jaxmarl') : null;
  const tensorflow = engineStatus().some((e) => e.name === 'tensorflow' && e.device === 'cpu' && e.available);
  const engines = ['wasm', ...(tensorflow ? ['tensorflow'] : [])];

  const updates = SIZES.map(([batch, hidden]) => {
    const command = { do: 'update', batch, hidden, seconds: 1 };
    return {
      measured: `update, ${batch} samples, ${hidden} hidden units`,
      ...{ unit: 'ms', better: 'smaller' },
      ours: Object.fromEntries(engines.map((engine) => [engine, () => own({ ...command, engine })])),
      theirs: { XuanCe: () => xuance(command), JAX: () => jax(command) },
    };
  });
  const episodes = { do: 'recurrent', batch: 32, steps: 25, hidden: 64, seconds: 2 };
  const recurrent = {
    measured: 'update, 32 episodes of 25 steps, GRU of 64 units',
    ...{ unit: 'ms', better: 'smaller' },
    ours: Object.fromEntries(engines.map((engine) => [engine, () => own({ ...episodes, engine })])),
    theirs: { XuanCe: () => xuance(episodes) },
  };
  const training = {
    measured: 'training, simple_spread as XuanCe sets it',
    ...{ unit: 'steps/s', better: 'larger' },
    ours: { wasm: () => ownTraining({ do: 'train', seconds: 2 }) },
    theirs: { XuanCe: () => xuance({ do: 'train', seconds: 2 }) },
  };
  const many = (count) => jaxmarl && (() => jaxmarl({ do: 'environment', count, seconds: 1 }));
  const stepping = {
    measured: 'environment alone, simple_spread',
    ...{ unit: 'steps/s', better: 'larger' },
    ours: { '16 at once': () => own({ do: 'environment' }) },
    theirs: {
      MPE2: () => mpe2({ do: 'environment', seconds: 1 }),
      'JaxMARL, 16 at once': many(16),
      'JaxMARL, 1024 at once': many(1024),
    },
  };

  const wholeProcess = (figure, command) => async () => runWhole(python.xuance, command, folder)[figure];
  const maddpg = [process.execPath, join(ROOT, 'bin', 'maddpg.js')];
  let names = 0;
  const trained = (steps, start) => [
    [...maddpg, 'train', '--config', 'xuance/maddpg/simple_spread_v3', '--quiet', '--model-dir', folder]
      .concat('--name', `run-${names++}`)
      .concat('--set', `running_steps=${steps}`, '--set', 'engine=wasm', '--set', 'threads=1')
      .concat('--set', `start_training=${start}`),
    [python.xuance, here('xuance_training.py'), String(steps), String(start)],
  ];
  const wholeTraining = (figure, steps, start) => ({
    ours: { wasm: () => wholeProcess(figure, trained(steps, start)[0])() },
    theirs: { XuanCe: () => wholeProcess(figure, trained(steps, start)[1])() },
  });
  const whole = [
    {
      measured: 'start: `maddpg --version`, `import xuance`',
      ...{ unit: 's', better: 'smaller', rounds: 3 },
      ours: { maddpg: wholeProcess('seconds', [...maddpg, '--version']) },
      theirs: { XuanCe: wholeProcess('seconds', [python.xuance, '-c', 'import xuance']) },
    },
    {
      measured: 'start: a run of 400 steps and one update, as a whole',
      ...{ unit: 's', better: 'smaller', rounds: 3, ...wholeTraining('seconds', 400, 0) },
    },
    {
      measured: `peak of resident memory, ${MEMORY_STEPS.toLocaleString('en')} steps of training`,
      ...{ unit: 'MB', better: 'smaller', rounds: 1, ...wholeTraining('megabytes', MEMORY_STEPS, 1000) },
    },
    {
      measured: 'installed, without Node and Python',
      ...{ unit: 'MB', better: 'smaller', rounds: 1 },
      ours: { maddpg: async () => ownBytes() / 1e6 },
      theirs: { XuanCe: async () => bytesOf(join(python.xuance, '..', '..', 'lib')) / 1e6 },
    },
  ];
  return {
    contests: [...updates, recurrent, training, stepping, ...whole],
    end: () => {
      for (const one of Object.values(workers)) one.end();
    },
  };
}

/** Seconds and peak memory of a process. @returns {{ seconds: number, megabytes: number }} */
function runWhole(python, command, cwd) {
  const [program, ...args] = pinned([python, here('one_process.py'), ...command]);
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env: ONE_THREAD, encoding: 'utf8' });
  if (status !== 0)
    throw new PeerError(`bench:peers: expected ${command.join(' ')} to end well, got ${lastLine(stderr)}`);
  return JSON.parse(stdout);
}

/** Bytes of the files in a folder. */
function bytesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + lstatSync(join(parentPath, name)).size, 0);
}

/** Bytes of this package and of what npm installs with it: by the lock file, so that optional TensorFlow does not count. */
function ownBytes() {
  const pack = spawnSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const [{ unpackedSize }] = JSON.parse(pack.stdout);
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([folder, { dev, peer, optional, devOptional }]) =>
      [folder === '', dev, peer, optional, devOptional].every((left) => !left),
    )
    .reduce((sum, [folder]) => sum + bytesOf(join(ROOT, folder)), unpackedSize);
}
