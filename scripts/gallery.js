// Makes docs/gallery.md and a GIF for every particle environment in docs/media/.
//
//   npm run gallery -- [RUN...]
//
// An environment is played by the run trained in it, otherwise by its scripted controller, otherwise at random.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describeEnvironment, environmentIds } from '../dist/envs/registry.js';

const ROOT = join(import.meta.dirname, '..');
const MEDIA = join(ROOT, 'docs', 'media');
const LARGEST = 300_000;

/** @param {readonly string[]} args of `maddpg replay` */
function replay(args) {
  const program = join(ROOT, 'bin', 'maddpg.js');
  execFileSync(process.execPath, [program, 'replay', ...args, '--episodes', '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
}

/**
 * The run's keys.
 * @param {string} run
 * @returns {{ env_id: string, agent: string }}
 */
function keysOf(run) {
  return parse(readFileSync(join(run, 'config.yaml'), 'utf8'));
}

const runs = new Map(process.argv.slice(2).map((run) => [keysOf(run).env_id, run]));
for (const id of runs.keys())
  if (!environmentIds().includes(id))
    throw new Error(`gallery: expected runs of particle environments, got ${id}`);

/**
 * Writes the GIF of an environment and says who plays.
 * @param {string} id
 * @param {string} file
 */
function film(id, file) {
  const run = runs.get(id);
  if (run !== undefined) {
    replay([run, '--gif', file]);
    return keysOf(run).agent;
  }
  try {
    replay(['--env', id, '--policy', 'scripted', '--gif', file]);
    return 'its scripted controller';
  } catch (error) {
    // Exit code 2: there is no controller.
    if (error.status !== 2) throw error;
    replay(['--env', id, '--policy', 'random', '--gif', file]);
    return 'a random policy';
  }
}

mkdirSync(MEDIA, { recursive: true });
const sections = environmentIds().map((id) => {
  const file = join(MEDIA, `${id}.gif`);
  const who = film(id, file);
  const { size } = statSync(file);
  if (size > LARGEST) throw new Error(`${file}: expected at most ${LARGEST} bytes, got ${size}`);
  const [about] = describeEnvironment(id).manual.split('\n\n');
  const text = about.replace(/^\w+: /, '').replaceAll('\n', ' ');
  const sentence = `${text[0].toUpperCase()}${text.slice(1)}`;
  return `## ${id}\n\n${sentence} Played by ${who}.\n\n![${id}](media/${id}.gif)\n`;
});
writeFileSync(
  join(ROOT, 'docs', 'gallery.md'),
  `# Gallery\n\nAn episode of every particle environment. \`npm run gallery -- RUN...\` makes this page again.\n\n${sections.join('\n')}`,
);
execFileSync('npx', ['prettier', '--write', join(ROOT, 'docs', 'gallery.md')], { stdio: 'ignore' });
