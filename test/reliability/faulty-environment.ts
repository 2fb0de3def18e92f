/** examples/meeting.mjs with a fault: at the step of number FAULT_AT, over all environments, it does what FAULT says. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from '../cli/run-cli.ts';

/** Faults of an environment, as statements at the start of a step. */
export const IN_STEP = {
  exits: 'process.exit(0);',
  throws: "throw new Error('broken');",
  rejects: "void Promise.reject(new Error('broken'));",
  'throws in a timer': "setTimeout(() => { throw new Error('broken'); });",
  'exits in a timer': 'setTimeout(() => process.exit(0));',
  prints: "console.log('printed'); process.stdout.write('too\\n');",
  allocates: 'for (const hoard = []; ; ) hoard.push(new Array(100).fill({}));',
  loops: "process.stderr.write('looping\\n'); for (;;);",
  sleeps: "process.stderr.write('looping\\n'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  'is interrupted': 'process.kill(process.pid);',
  'runs a program': "process.stderr.write('looping\\n'); execFileSync('sleep', ['10']);",
} as const;

export function writeFaultyEnvironment(file: string): void {
  const source = fs.readFileSync(path.join(ROOT, 'examples', 'meeting.mjs'), 'utf8');
  const faulty = source.replace(
    'steps += 1;',
    'steps += 1; calls += 1; if (calls === Number(process.env.FAULT_AT)) FAULTS[process.env.FAULT]();',
  );
  if (faulty === source) throw new Error('examples/meeting.mjs: expected a line steps += 1;, got none');
  const table = Object.entries(IN_STEP).map(([fault, code]) => `  '${fault}': () => { ${code} },`);
  const before = ["import { execFileSync } from 'node:child_process';", 'let calls = 0;', 'const FAULTS = {'];
  fs.writeFileSync(file, [...before, ...table, '};', faulty].join('\n'));
}
