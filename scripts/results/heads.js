// What a configuration takes and earns, as its head says it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRaw } from './raw.js';
import { measuresOf } from './statistics.js';
import { SEEDS } from './tasks.js';

const CONFIGS = join(import.meta.dirname, '..', '..', 'configs');
const BUDGET = /^# Budget: .*\n/m;

/** Text by file of the configurations of tasks that have results; mpe.yaml is simple_spread's once more. */
export function headsOf(tasks) {
  const heads = tasks.flatMap(({ name, config }) => {
    const line = headOf(name);
    if (line === undefined) return [];
    const text = readFileSync(join(CONFIGS, config), 'utf8').replace(BUDGET, line);
    return [config, ...(name === 'simple_spread' ? ['mpe.yaml'] : [])].map((file) => [
      join(CONFIGS, file),
      text,
    ]);
  });
  return Object.fromEntries(heads);
}

/** @param {string} name of a task */
function headOf(name) {
  const ours = measuresOf(name).map(({ side, rows }) => ({
    side,
    ...rows.find(({ setting }) => setting === 'MADDPG'),
  }));
  if (!ours.every(({ statistics }) => statistics)) return undefined;
  const [time] = readRaw(name).filter(({ part }) => part === 'time');
  const [{ steps }] = readRaw(name).filter(({ part }) => part === 'ours');
  const seconds = time ? ` (${Math.round(time.seconds)} s)` : '';
  return `# Budget: ${steps.toLocaleString('en-US')} steps${seconds}. Expected return: ${expected(ours)}.\n`;
}

function expected(ours) {
  const mean = ({ statistics }) => statistics.mean.toFixed(1);
  if (ours.length > 1) {
    const sides = ours.map(({ side, ...one }) => `${side} ${mean(one)}`).join(', ');
    return `${sides} (against scripted opponents, mean of ${SEEDS.length} seeds)`;
  }
  const [{ statistics }] = ours;
  const [low, high] = statistics.interval.map((end) => end.toFixed(2));
  return `${mean(ours[0])} (95 % interval ${low} to ${high}, ${SEEDS.length} seeds)`;
}
