// Writes what a configuration takes and earns into its head.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRaw } from './raw.js';
import { measuresOf } from './statistics.js';
import { SEEDS } from './tasks.js';

const CONFIGS = join(import.meta.dirname, '..', '..', 'configs');
/** Of the head's end, which may take two lines. */
const BUDGET = /^# Budget: .*\n(?:# Expected .*\n)?/m;

/** @param {import('./tasks.js').Task} task that has results */
export function writeHead({ name, config }) {
  const ours = measuresOf(name).map(({ side, rows }) => ({
    side,
    ...rows.find(({ setting }) => setting === 'MADDPG'),
  }));
  if (!ours.every(({ statistics }) => statistics)) return;
  const [time] = readRaw(name).filter(({ part }) => part === 'time');
  const [{ steps }] = readRaw(name).filter(({ part }) => part === 'ours');
  const seconds = time ? ` (${Math.round(time.seconds)} s)` : '';
  const file = join(CONFIGS, config);
  const text = readFileSync(file, 'utf8');
  const line = `# Budget: ${steps.toLocaleString('en-US')} steps${seconds}. Expected return: ${expected(ours)}.\n`;
  writeFileSync(file, text.replace(BUDGET, line));
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
