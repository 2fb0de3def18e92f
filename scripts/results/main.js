// Makes docs/results.md: trains what it reports in runs/results/, keeps the raw results in docs/results/, writes the page.
//
//   npm run results                         all of it: many hours on two cores
//   npm run results -- --only tag           only the task of that name, or those whose name contains it
//   npm run results -- --part ours          only one part, of those that PARTS lists
//   npm run results -- --page               only the page, from the raw results; trains nothing
//
// Existing runs are not repeated, and interrupted ones go on.
import { parseArgs } from 'node:util';
import { crossPlay } from './cross.js';
import { writePage } from './page.js';
import { PARTS, TASKS } from './tasks.js';
import { playUntrained, timeAlone, trainPart } from './train.js';

/** What is done for each task, in this order. `time` needs the machine for itself. */
const STEPS = {
  untrained: playUntrained,
  ...Object.fromEntries(PARTS.map((part) => [part, (task) => trainPart(task, part)])),
  cross: crossPlay,
  time: timeAlone,
};

/** @param {string} message @returns {never} */
function refuse(message) {
  process.stderr.write(`results: ${message}\n`);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: { only: { type: 'string' }, part: { type: 'string' }, page: { type: 'boolean' } },
    }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

const { only, part, page = false } = options();
const named = TASKS.filter(({ name }) => name === only);
const tasks = named.length > 0 ? named : TASKS.filter(({ name }) => name.includes(only ?? ''));
if (tasks.length === 0)
  refuse(`--only: expected a part of one of ${TASKS.map(({ name }) => name).join(', ')}, got ${only}`);
if (part !== undefined && !Object.hasOwn(STEPS, part))
  refuse(`--part: expected one of ${Object.keys(STEPS).join(', ')}, got ${part}`);
for (const [name, step] of Object.entries(STEPS))
  if (!page && (part === undefined || name === part)) for (const task of tasks) step(task);
await writePage();
