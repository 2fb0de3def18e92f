// Measures this package for `npm run bench:peers`: each line on standard input is a JSON command, each answer one JSON line.
import { createInterface } from 'node:readline';
import { benchmarkEnvironment } from '../../dist/bench/stepping.js';
import { measureTraining } from '../../dist/bench/training.js';
import { measureRecurrentUpdate, measureUpdate } from '../../dist/bench/updates.js';

/** @type {Record<string, (command: any) => unknown>} */
const commands = {
  update: async ({ engine, batch, hidden }) => (await measureUpdate(engine, 1, { batch, hidden }, 1)).ms,
  recurrent: ({ engine, batch, steps, hidden }) =>
    measureRecurrentUpdate(engine, 1, { batch, steps, hidden }),
  train: ({ seconds }) => measureTraining('wasm', 1, seconds),
  environment: () => benchmarkEnvironment('simple_spread_v3').steps_per_second,
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await commands[command.do]?.(command))}\n`);
}
