/** The work of `maddpg bench`: measures and prints. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '../core/user-error.ts';
import { environmentIds } from '../envs/registry.ts';
import {
  benchmark,
  benchmarkEngine,
  benchmarkEnvironment,
  profile,
  type BenchReport,
  type EngineFigures,
  type EngineSetting,
  type EnvironmentFigure,
  type Profile,
} from '../bench/benchmark.ts';

export interface BenchOptions {
  json?: boolean;
  profile?: boolean;
  only?: string;
}

export async function runBenchmarks(options: BenchOptions): Promise<void> {
  const { json = false } = options;
  if (options.profile) {
    const found = await profile();
    process.stdout.write(json ? `${JSON.stringify(found)}\n` : profileText(found));
    return;
  }
  const note = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  if (options.only !== undefined) {
    await runOnly(options.only, note, json);
    return;
  }
  const report = await benchmark(note, {
    engine: ({ engine, threads }) => inOwnProcess(`${engine}:${threads}`) as EngineFigures,
    environment: (env_id) => inOwnProcess(env_id) as EnvironmentFigure,
  });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : text(report));
}

async function runOnly(only: string, note: (line: string) => void, json: boolean): Promise<void> {
  if (environmentIds().includes(only)) {
    const figure = benchmarkEnvironment(only);
    process.stdout.write(json ? `${JSON.stringify(figure)}\n` : `${environmentsText([figure]).join('\n')}\n`);
    return;
  }
  const figures = await benchmarkEngine(settingOf(only), note);
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : `${figuresText(figures).join('\n')}\n`);
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
function inOwnProcess(only: string): unknown {
  const program = fileURLToPath(new URL('../../bin/maddpg.js', import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [program, 'bench', '--json', '--only', only], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new UserError(`bench: expected figures of ${only}, got none`, { exitCode: 1 });
  return JSON.parse(stdout) as unknown;
}

function whole(x: number): string {
  return Math.round(x).toLocaleString('en');
}

function text({ machine, envs, ...figures }: BenchReport): string {
  const peak = `peak ${machine.peak_gflops.toFixed(1)} GFLOP/s per core`;
  return [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${peak}`,
    '',
    ...figuresText(figures),
    '',
    ...environmentsText(envs),
    '',
  ].join('\n');
}

function environmentsText(envs: readonly EnvironmentFigure[]): string[] {
  return table(
    ['environment', 'steps/s on one core', 'best'],
    envs.map((e) => [e.env_id, whole(e.steps_per_second), whole(e.steps_per_second_max)]),
  );
}

function figuresText({ updates, act, train }: EngineFigures): string[] {
  return [
    ...table(
      ['update', 'threads', 'batch', 'hidden', 'ms', 'min', 'max', 'GFLOP/s', 'of peak'],
      updates.map((u) => [
        u.engine,
        ...[u.threads, u.batch, u.hidden].map(String),
        ...[u.ms, u.ms_min, u.ms_max].map((ms) => ms.toFixed(3)),
        u.gflops.toFixed(1),
        `${(u.share_of_peak * 100).toFixed(0)} %`,
      ]),
    ),
    '',
    ...table(
      ['act', 'threads', 'environments', 'microseconds'],
      act.map((a) => [a.engine, String(a.threads), String(a.environments), a.us.toFixed(1)]),
    ),
    '',
    ...table(
      ['training', 'threads', 'steps/s'],
      train.map((t) => [t.engine, String(t.threads), whole(t.env_steps_per_second)]),
    ),
  ];
}

function profileText({ update, step }: Profile): string {
  const total = update.reduce((sum, { us }) => sum + us, 0);
  return [
    'One update (256 samples, 64 hidden units, one thread), by kernel:',
    '',
    ...table(
      ['kernel', 'calls', 'microseconds', 'share'],
      update.map(({ kernel, calls, us }) => [
        kernel,
        String(calls),
        us.toFixed(1),
        `${((us / total) * 100).toFixed(1)} %`,
      ]),
    ),
    '',
    'One vector step of 16 environments (one thread), by part:',
    '',
    ...table(
      ['part', 'microseconds'],
      step.map(({ part, us }) => [part, us.toFixed(1)]),
    ),
    '',
  ].join('\n');
}

/** Left-aligned names, right-aligned figures. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
  return [head, ...rows].map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  '),
  );
}
