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

/** Killed before a call of any other name, a thread leaves what it leaves before its next call of these. */
const CHANGING = /^(append|copyFile|f?truncate|mkdir|open|rename|rm|unlink|write(v|Sync| ))/;
const MOVING = /^(mkdir|rename|rm|unlink)/;
/** Calls that can be half done. */
const DIVISIBLE = /^(append|write|rm(Sync)? )/;

/** The call so far into all of these names. */
function callAt({ calls }: Reference, fraction: number, names = /^/): CallKill {
  const named = calls.filter(({ name }) => names.test(name));
  return { ...named[Math.floor(named.length * fraction)]!, half: false };
}

/** One of a thread's first calls. */
function soon(reference: Reference, within: number, random: FastStream): CallKill {
  const { thread } = callAt(reference, random.double());
  return { thread, call: random.below(within), half: random.below(2) === 1 };
}

function instant({ ms, msBefore }: Reference, fraction: number): Kill {
  return { ms: Math.round(msBefore + (ms - msBefore) * fraction) };
}

function severalOf(count: number, make: () => Kill): Kill[] {
  return Array.from({ length: count }, make);
}

const PLANS: Readonly<Record<string, Plan>> = {
  'at a call': (reference, fraction) => [callAt(reference, fraction, CHANGING)],
  'at a rename or removal': (reference, fraction) => [callAt(reference, fraction, MOVING)],
  'at an instant': (reference, fraction) => [instant(reference, fraction)],
  'within a call': (reference, fraction) => [{ ...callAt(reference, fraction, DIVISIBLE), half: true }],
  'in a row': (reference, fraction, random) => [
    callAt(reference, fraction),
    ...severalOf(1 + random.below(9), () =>
      random.below(3) === 0 ? instant(reference, random.double()) : soon(reference, 400, random),
    ),
  ],
  'while resuming': (reference, fraction, random) => [
    callAt(reference, fraction),
    ...severalOf(1 + random.below(2), () => soon(reference, 100, random)),
  ],
  'before the first checkpoint': (reference, fraction) => {
    const first = reference.calls.findIndex(({ name }) => /^rename.*latest$/.test(name));
    return [callAt({ ...reference, calls: reference.calls.slice(0, first + 1) }, fraction)];
  },
};
const KINDS = Object.keys(PLANS);

/** Kills and resumes; what is wrong with the result, in one line, or undefined. */
/** Kills so far. */
let kills = 0;

async function faultOf(seed: number): Promise<string | undefined> {
  const configuration = NAMES[seed % NAMES.length]!;
  const kind = KINDS[seed % KINDS.length]!;
  const reference = await referenceOf(configuration);
  // Multiples of the golden ratio spread successive seeds evenly over the calls.
  const fraction = (seed * 0.6180339887498949) % 1;
  const planned = PLANS[kind]!(reference, fraction, new FastStream(seed, 'crash'));
  const points = planned.map((kill) => ('ms' in kill ? `after ${kill.ms} ms` : inWords(kill, reference)));
  const killed = training(`seed-${seed}`, configuration);
  let difference: string | undefined;
  try {
    for (const [k, kill] of planned.entries()) {
      if (await killed.train(kill)) {
        kills += 1;
        continue;
      }
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

function inWords({ thread, call, half }: CallKill, { calls }: Reference): string {
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
    console.info(`crash: ${COUNT} trainings, ${kills} kills`);
    expect(faults).toEqual([]);
  },
  60_000 + COUNT * 20_000,
);
