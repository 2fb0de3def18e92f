// `npm run bench:peers`: measures this package, XuanCe, JAX, MPE2 and JaxMARL alternately, and writes the table of
// docs/performance.md. `npm run bench:peers -- --json FILE` writes the figures of all rounds as well.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepare } from './contests.js';
import { between, digits, markdownTable, median, ratio } from './figures.js';
import { interpreter, PeerError, versions } from './python.js';

const ROUNDS = 5;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENT = join(ROOT, 'docs', 'performance.md');
const note = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

/** The figures of all rounds, contenders in turn. */
async function hold({ ours, theirs, rounds = ROUNDS, ...contest }) {
  const figures = { ours: {}, theirs: {} };
  for (let round = 1; round <= rounds; round++) {
    note(`${contest.measured}: round ${round} of ${rounds}`);
    for (const [side, contenders] of Object.entries({ ours, theirs }))
      for (const [name, measure] of Object.entries(contenders))
        (figures[side][name] ??= []).push(...(measure ? [await measure()] : []));
  }
  return { ...contest, ...figures };
}

/** One row for each pair of ours and theirs. */
function rowsOf({ measured, unit, better, ours, theirs }) {
  return Object.entries(ours).flatMap(([ourName, our]) =>
    Object.entries(theirs).map(([name, their]) => {
      const cells = [measured, ourName, `${digits(median(our))} ${unit}`, name];
      if (their.length === 0) return [...cells, 'not installed', ''];
      const times = ratio({ ours: median(our), theirs: median(their), better });
      return [...cells, `${digits(median(their))} ${unit}`, digits(times)];
    }),
  );
}

async function main() {
  const { values } = parseArgs({ options: { json: { type: 'string' } } });
  const python = { xuance: interpreter('xuance'), jax: interpreter('jax') };
  const { python: version, ...xuance } = versions(python.xuance, ['xuance', 'torch']);
  const { jax, mpe2, jaxmarl } = versions(python.jax, ['jax', 'mpe2', 'jaxmarl']);
  const folder = mkdtempSync(join(tmpdir(), 'maddpg-peers-'));
  const { contests, end } = prepare(python, jaxmarl !== null, folder);
  const results = [];
  try {
    for (const contest of contests) results.push(await hold(contest));
  } finally {
    end();
    rmSync(folder, { recursive: true });
  }
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
  const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() };
  const used = {
    maddpg: own,
    node: process.version.slice(1),
    python: version,
    ...xuance,
    jax,
    mpe2,
    jaxmarl,
  };
  const date = new Date().toISOString().slice(0, 10);
  const table = markdownTable(['measured', 'ours', '', 'theirs', '', 'ratio'], results.flatMap(rowsOf));
  const listed = Object.entries(used).filter(([, one]) => one !== null);
  const title = `${date}, ${machine.cpu}, ${machine.cores} cores: ${listed.map((one) => one.join(' ')).join(', ')}.`;
  writeFileSync(DOCUMENT, between(readFileSync(DOCUMENT, 'utf8'), 'peers', `${title}\n\n${table}`));
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ date, machine, versions: used, results }, null, 2)}\n`);
  process.stdout.write(`${title}\n\n${table}\n`);
}

try {
  await main();
} catch (error) {
  const wrongOption = error.code?.startsWith('ERR_PARSE_ARGS');
  if (!wrongOption && !(error instanceof PeerError)) throw error;
  note(wrongOption ? `bench:peers: ${error.message}` : error.message);
  process.exitCode = wrongOption ? 2 : 1;
}
