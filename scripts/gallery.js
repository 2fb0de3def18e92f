// Makes the pictures of README.md and docs/gallery.md: trains what they show, in runs/gallery/, then writes docs/media/.
//
//   npm run gallery              all of it, about half an hour on two cores
//   npm run gallery -- tag       only environments whose name contains a word
//   npm run gallery -- curve     only README's learning curve
//
// Existing runs are not repeated, and interrupted ones go on.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEnvironment, environmentIds } from '../dist/envs/registry.js';
import { figureSvg } from '../dist/report/figure.js';
import { readRuns } from '../dist/report/read-runs.js';
import { listRuns } from '../dist/run/list.js';

const ROOT = join(import.meta.dirname, '..');
const MEDIA = join(ROOT, 'docs', 'media');
const RUNS = join(ROOT, 'runs', 'gallery');
/** Bytes of a GIF. */
const LARGEST = 300_000;

/** The configuration of an environment. @param {string} id */
const configOf = (id) => `mpe/${id.replace(/_v\d+$/, '')}`;
/** Of the curve in README.md, besides the run of the gallery. */
const SEEDS = [2, 3];
const XUANCE = 'xuance/maddpg/simple_spread_v3';
/** XuanCe's benchmark, after ten million steps. */
const PUBLISHED = -9.62;
const RANDOM = -25.07;

/** @param {readonly string[]} args of the command line */
function maddpg(args) {
  execFileSync(process.execPath, [join(ROOT, 'bin', 'maddpg.js'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/**
 * The run's directory, trained to its end.
 * @param {string} name
 * @param {readonly string[]} args
 */
function trained(name, args) {
  const run = join(RUNS, name);
  if (!existsSync(run)) maddpg(['train', ...args, '--set', `model_dir=${RUNS}`, '--name', name]);
  else if (listRuns([run]).runs[0].state !== 'finished') maddpg(['train', '--resume', run]);
  return run;
}

/** @param {string} id */
const trainedIn = (id) => trained(id, ['--config', configOf(id)]);

/** @param {string} id */
function film(id) {
  const file = join(MEDIA, `${id}.gif`);
  maddpg(['replay', trainedIn(id), '--gif', file, '--episodes', '1']);
  const { size } = statSync(file);
  if (size > LARGEST) throw new Error(`${file}: expected at most ${LARGEST} bytes, got ${size}`);
}

/** @param {string} id */
function section(id) {
  const [about] = describeEnvironment(id).manual.split('\n\n');
  const text = about.replace(/^\w+: /, '').replaceAll('\n', ' ');
  return `## ${id}\n\n${text[0].toUpperCase()}${text.slice(1)}\n\n![${id}](media/${id}.gif)\n`;
}

function curve() {
  const spread = trainedIn('simple_spread_v3');
  const seeds = SEEDS.map((seed) =>
    trained(`spread-${seed}`, ['--config', configOf('simple_spread_v3'), '--seed', `${seed}`]),
  );
  const theirs = trained('xuance', ['--config', XUANCE]);
  const { runs } = readRuns([spread, ...seeds, theirs]);
  const svg = figureSvg(
    { runs, baselines: {} },
    {
      logX: true,
      references: [
        { value: PUBLISHED, text: `XuanCe's published result: ${PUBLISHED}`.replace('-', '−') },
        { value: RANDOM, text: `uniform random actions: ${RANDOM}`.replace('-', '−') },
      ],
      labelOf: ({ runs: [run] }) =>
        run.path.endsWith('xuance') ? `XuanCe's settings (${XUANCE}.yaml)` : 'mpe.yaml',
    },
  );
  writeFileSync(join(ROOT, 'docs', 'learning-curve.svg'), svg);
}

const word = process.argv[2];
const chosen = environmentIds().filter((id) => word === undefined || id.includes(word));
if (chosen.length === 0 && word !== 'curve')
  throw new Error(`gallery: expected a part of an environment's name, got ${word}`);
mkdirSync(MEDIA, { recursive: true });
for (const id of chosen) film(id);
if (word === undefined) {
  writeFileSync(
    join(ROOT, 'docs', 'gallery.md'),
    `# Gallery\n\nThe first evaluation episode of a policy trained in each particle environment. \`npm run gallery\` trains them all and regenerates this page.\n\n${environmentIds().map(section).join('\n')}`,
  );
  execFileSync('npx', ['prettier', '--write', join(ROOT, 'docs', 'gallery.md')], { stdio: 'ignore' });
}
if (word === undefined || word === 'curve') curve();
