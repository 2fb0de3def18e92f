// What a configuration takes and earns, as its head says it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagedConfigs } from '../../dist/config/source.js';
import { statisticsOf } from '../../dist/report/scores.js';
import { readRaw } from './raw.js';
import { measuresOf, variantsOf } from './statistics.js';
import { SEEDS } from './tasks.js';

const CONFIGS = join(import.meta.dirname, '..', '..', 'configs');
const BUDGET = /^# Budget: .*\n/m;

/**
 * Text by file of the configurations of tasks that have results, recurrent ones and XuanCe's own among them; mpe.yaml is
 * simple_spread's once more.
 */
export function headsOf(tasks) {
  const heads = tasks.flatMap(({ name, config, agent, id }) => [
    ...[config, ...(name === 'simple_spread' ? ['mpe.yaml'] : [])].map((file) => [
      file,
      lineOf(name, 'ours', agent),
    ]),
    [`mpe/${name}_rnn.yaml`, recurrentLineOf(name)],
    [`xuance/maddpg/${id}.yaml`, lineOf(name, 'xuance', 'xuance')],
  ]);
  return Object.fromEntries(
    heads
      .filter(([file, line]) => line !== undefined && packagedConfigs().includes(file))
      .map(([file, line]) => [
        join(CONFIGS, file),
        readFileSync(join(CONFIGS, file), 'utf8').replace(BUDGET, line),
      ]),
  );
}

/** The line of the last variant of the study of memory; undefined without results. */
function recurrentLineOf(name) {
  const { scores, steps } = variantsOf(name, 'memory').at(-1) ?? {};
  return scores && headOf(steps, '', [{ statistics: statisticsOf(scores) }]);
}

/** The line of a setting; undefined without results. */
function lineOf(name, part, setting) {
  const runs = readRaw(name).filter((line) => line.part === part);
  const measures = measuresOf(name).map(({ side, rows }) => ({
    side,
    ...rows.find((row) => row.setting === setting),
  }));
  if (runs.length === 0 || measures.length === 0 || !measures.every(({ statistics }) => statistics))
    return undefined;
  const [time] = readRaw(name).filter((line) => part === 'ours' && line.part === 'time');
  const takes = time ? ` (${Math.round(time.seconds)} s)` : '';
  return headOf(runs[0].steps, takes, measures);
}

const headOf = (steps, takes, measures) =>
  `# Budget: ${steps.toLocaleString('en-US')} steps${takes}. Expected return: ${expected(measures)}.\n`;

function expected(ours) {
  if (ours.length > 1) {
    const sides = ours.map(({ side, statistics: { mean } }) => `${side} ${mean.toFixed(1)}`).join(', ');
    return `${sides} (against scripted opponents, mean of ${SEEDS.length} seeds)`;
  }
  const [{ statistics }] = ours;
  const [low, high] = statistics.interval.map((end) => end.toFixed(2));
  return `${statistics.mean.toFixed(2)} (IQM ${statistics.iqm.toFixed(2)}, 95 % interval ${low} to ${high}, ${SEEDS.length} seeds)`;
}
