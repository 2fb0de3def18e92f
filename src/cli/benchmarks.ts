/** The work of `maddpg bench`: measures and prints. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '../core/user-error.ts';
import { environmentIds } from '../envs/registry.ts';
import {
  benchmark,
  benchmarkEngine,
  machineOf,
  type EngineFigures,
  type EngineSetting,
  type Machine,
} from '../bench/benchmark.ts';
import { benchmarkKernels } from '../bench/kernels.ts';
import { benchmarkParallel } from '../bench/parallel.ts';
import { measurePeak } from '../bench/peak.ts';
import { profile } from '../bench/profile.ts';
import { benchmarkScaling, SCALING_TASKS, type ScalingFigure, type ScalingTask } from '../bench/scaling.ts';
import { benchmarkEnvironment, type EnvironmentFigure } from '../bench/stepping.ts';
import {
  environmentsText,
  figuresText,
  kernelsText,
  parallelText,
  profileText,
  reportText,
  scalingText,
  type ScalingDocument,
} from './bench-text.ts';

export interface BenchOptions {
  readonly json?: boolean;
  readonly profile?: boolean;
  readonly kernels?: boolean;
  readonly parallel?: boolean;
  readonly scaling?: boolean;
  readonly only?: string;
}

export async function runBenchmarks(options: BenchOptions): Promise<void> {
  const { only } = options;
  const print = <T>(document: T, text: (document: T) => string): void => {
    process.stdout.write(options.json ? `${JSON.stringify(document)}\n` : text(document));
  };
  if (options.profile) print(await profile(), profileText);
  else if (options.kernels)
    print({ machine: await thisMachine(), kernels: await benchmarkKernels(note) }, kernelsText);
  else if (options.parallel)
    print({ machine: await thisMachine(), ...(await benchmarkParallel(note)) }, parallelText);
  else if (options.scaling) print(await scaling(only), scalingText);
  else if (only === undefined)
    print(
      await benchmark(note, {
        engine: ({ engine, threads }) => inOwnProcess(`${engine}:${threads}`) as EngineFigures,
        environment: (env_id) => inOwnProcess(env_id) as EnvironmentFigure,
      }),
      reportText,
    );
  else if (environmentIds().includes(only))
    print(benchmarkEnvironment(only), (figure) => `${environmentsText([figure]).join('\n')}\n`);
  else
    print(await benchmarkEngine(settingOf(only), note), (figures) => `${figuresText(figures).join('\n')}\n`);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function thisMachine(): Promise<Machine> {
  return machineOf(await measurePeak());
}

/** All tasks, each in a process of its own, whose memory it measures; or one in this process. */
async function scaling(only: string | undefined): Promise<ScalingDocument> {
  const machine = await thisMachine();
  if (only !== undefined) return { machine, scaling: [await benchmarkScaling(taskOf(only))] };
  const figures = SCALING_TASKS.map((task): ScalingFigure => {
    note(`${task.env_id}, ${task.agents} agents`);
    return (inOwnProcess(nameOf(task), '--scaling') as ScalingDocument).scaling[0]!;
  });
  return { machine, scaling: figures };
}

function nameOf({ env_id, agents }: ScalingTask): string {
  return `${env_id}:${agents}`;
}

function taskOf(text: string): ScalingTask {
  const task = SCALING_TASKS.find((one) => nameOf(one) === text);
  if (task) return task;
  throw new UserError(`--only: expected one of ${SCALING_TASKS.map(nameOf).join(', ')}, got ${text}`);
}

function settingOf(text: string): EngineSetting {
  const [engine, threads] = [text.split(':')[0], Number(text.split(':')[1])];
  if (
    (engine === 'wasm' || engine === 'tensorflow' || engine === 'reference') &&
    Number.isInteger(threads) &&
    threads > 0
  )
    return { engine, threads };
  throw new UserError(`--only: expected engine:threads such as wasm:2, or an environment, got ${text}`);
}

/** Runs `bench --only` in a separate process. */
function inOwnProcess(only: string, ...options: string[]): unknown {
  const program = fileURLToPath(new URL('../../bin/maddpg.js', import.meta.url));
  const args = [program, 'bench', ...options, '--json', '--only', only];
  const { stdout, status } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new UserError(`bench: expected figures of ${only}, got none`, { exitCode: 1 });
  return JSON.parse(stdout) as unknown;
}
