/**
 * A training that is killed and resumed ends with the files, byte for byte, of one that nobody killed. Cases follow from
 * a seed: SEED=123 COUNT=1 npm run test:crash repeats one.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { KilledTraining, killAll, type CallKill, type Kill } from './killed-training.ts';
import { contentsOf, firstDifference, type RunContents } from './run-contents.ts';
import { cases, firstSeed } from './scale.ts';

/** Fourteen checkpoints and ten evaluations in half a second; the buffer wraps around. */
const TINY = `
parallels: 4
running_steps: 600
start_training: 100
training_frequency: 4
buffer_size: 400
batch_size: 16
actor_hidden_size: [8]
critic_hidden_size: [8]
eval_interval: 60
test_episode: 2
save_interval: 80
log_interval: 20
keep_checkpoints: 2
`;

/** Each with a seed whose best evaluation changes several times. */
const CONFIGURATIONS = {
  MADDPG: 'seed: 5\nthreads: 1\nstart_noise: 0.5\nend_noise: 0.1\n',
  'MATD3, prioritized replay, obsnorm':
    'seed: 6\nthreads: 1\nagent: MATD3\nreplay: prioritized\nuse_obsnorm: true\nstart_noise: 0.5\nend_noise: 0.1\n',
  'an ensemble': 'seed: 8\nthreads: 1\nensemble_size: 2\nstart_noise: 0.5\nend_noise: 0.1\n',
  'discrete actions': 'seed: 3\nthreads: 1\ncontinuous_action: false\nuse_parameter_sharing: false\n',
  'MASAC on two threads': 'seed: 4\nthreads: 2\nagent: MASAC\nn_step: 3\n',
};
type Configuration = keyof typeof CONFIGURATIONS;
const NAMES = Object.keys(CONFIGURATIONS) as Configuration[];

/** The run that nobody kills. */
interface Reference {
  readonly contents: RunContents;
  /** Its file system calls in order. */
  readonly calls: readonly Call[];
  /** How long it took, and how long before its first call. */
  readonly ms: number;
  readonly msBefore: number;
}

interface Call extends Pick<CallKill, 'thread' | 'call'> {
  readonly name: string;
}

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-crash-'));
afterAll(() => {
  killAll();
  fs.rmSync(scratch, { recursive: true, maxRetries: 5 });
});

function training(name: string, configuration: Configuration): KilledTraining {
  return new KilledTraining(path.join(scratch, name), TINY + CONFIGURATIONS[configuration]);
}

const references = new Map<Configuration, Promise<Reference>>();

function referenceOf(configuration: Configuration): Promise<Reference> {
  const known = references.get(configuration) ?? makeReference(configuration);
  references.set(configuration, known);
  return known;
}

async function makeReference(configuration: Configuration): Promise<Reference> {
  const name = `reference-${NAMES.indexOf(configuration)}`;
  const whole = training(name, configuration);
  const trace = path.join(scratch, `${name}.trace`);
  const started = Date.now();
  await whole.train(undefined, trace);
  const ms = Date.now() - started;
  const made = new Map<number, number>();
  const calls = fs.readFileSync(trace, 'utf8').trimEnd().split('\n');
  return {
    contents: contentsOf(whole.run),
    calls: calls.map((line) => {
      const thread = Number.parseInt(line);
      const call = made.get(thread) ?? 0;
      made.set(thread, call + 1);
      return { thread, call, name: line.slice(line.indexOf(' ') + 1) };
    }),
    ms,
    msBefore: fs.statSync(path.dirname(whole.run)).birthtimeMs - started,
  };
}

/** Where a case kills: at the first of these points, then, while resuming, at the second, and so on. */
type Plan = (reference: Reference, fraction: number, random: FastStream) => Kill[];

const at = ({ thread, call }: Call, half = false): Kill => ({ thread, call, half });
const instant = ({ ms, msBefore }: Reference, fraction: number): Kill => ({
  ms: Math.round(msBefore + (ms - msBefore) * fraction),
});
const pick = (calls: readonly Call[], fraction: number): Call => calls[Math.floor(calls.length * fraction)]!;
/** The main thread's or another's call soon after the start. */
const soon = ({ calls }: Reference, within: number, random: FastStream): Kill =>
  at({ ...pick(calls, random.double()), call: random.below(within) }, random.below(2) === 1);

const PLANS: Readonly<Record<string, Plan>> = {
  'at a call': ({ calls }, fraction) => [at(pick(calls, fraction))],
  'at an instant': (reference, fraction) => [instant(reference, fraction)],
  'within a call': ({ calls }, fraction) => [
    at(
      pick(
        calls.filter(({ name }) => /^(write|append|rm(Sync)? )/.test(name)),
        fraction,
      ),
      true,
    ),
  ],
  'in a row': (reference, fraction, random) => [
    at(pick(reference.calls, fraction)),
    ...Array.from({ length: 1 + random.below(9) }, () =>
      random.below(3) === 0 ? instant(reference, random.double()) : soon(reference, 400, random),
    ),
  ],
  'while resuming': (reference, fraction, random) => [
    at(pick(reference.calls, fraction)),
    ...Array.from({ length: 1 + random.below(2) }, () => soon(reference, 100, random)),
  ],
  'before the first checkpoint': ({ calls }, fraction) => [
    at(
      pick(
        calls.slice(0, calls.findIndex(({ name }) => /^rename.*latest$/.test(name)) + 1),
        fraction,
      ),
    ),
  ],
};
const KINDS = Object.keys(PLANS);

/** Kills and resumes; what is wrong with the result, in one line, or undefined. */
async function faultOf(seed: number): Promise<string | undefined> {
  const configuration = NAMES[seed % NAMES.length]!;
  const kind = KINDS[seed % KINDS.length]!;
  const reference = await referenceOf(configuration);
  // Multiples of the golden ratio spread successive seeds evenly over the calls.
  const fraction = (seed * 0.6180339887498949) % 1;
  const kills = PLANS[kind]!(reference, fraction, new FastStream(seed, 'crash'));
  const points = kills.map((kill) => ('ms' in kill ? `after ${kill.ms} ms` : describe(kill, reference)));
  const killed = training(`seed-${seed}`, configuration);
  let difference: string | undefined;
  try {
    for (const [k, kill] of kills.entries()) {
      if (await killed.train(kill)) continue;
      if (k === 0 && !('ms' in kill)) difference = 'expected to be killed, got a run that ended';
      break;
    }
    await killed.train();
    difference ??= firstDifference(contentsOf(killed.run), reference.contents);
  } catch (error) {
    difference = (error as Error).message;
  }
  fs.rmSync(path.join(scratch, `seed-${seed}`), { recursive: true });
  if (difference === undefined) return undefined;
  return `SEED=${seed} COUNT=1 npm run test:crash (${configuration}, killed ${kind}: ${points.join(', then ')}): ${difference}`;
}

function describe({ thread, call, half }: CallKill, { calls }: Reference): string {
  const name = calls.find((other) => other.thread === thread && other.call === call)?.name;
  return `${half ? 'half-way in' : 'before'} call ${call} of thread ${thread} (${name ?? 'unknown'})`;
}

const COUNT = cases(8, 1000);

it(
  'a killed training, resumed, ends with the bytes of one that nobody killed',
  async () => {
    const first = firstSeed('crash');
    const seeds = Array.from({ length: COUNT }, (_, k) => first + k).values();
    const faults: string[] = [];
    // Two at once; enough is enough after ten faults.
    const some = async (): Promise<void> => {
      for (const seed of seeds) {
        const fault = await faultOf(seed);
        if (fault !== undefined) faults.push(fault);
        if (faults.length >= 10) break;
      }
    };
    await Promise.all([some(), some()]);
    expect(faults).toEqual([]);
  },
  60_000 + COUNT * 20_000,
);
