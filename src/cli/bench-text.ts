/** The figures of `maddpg bench` as tables for people. */
import type { BenchReport, EngineFigures, Machine } from '../bench/benchmark.ts';
import type { KernelFigure } from '../bench/kernels.ts';
import type { ParallelReport } from '../bench/parallel.ts';
import type { Profile } from '../bench/profile.ts';
import type { ScalingFigure } from '../bench/scaling.ts';
import type { EnvironmentFigure } from '../bench/stepping.ts';

export interface ParallelDocument extends ParallelReport {
  readonly machine: Machine;
}

export interface KernelsDocument {
  readonly machine: Machine;
  readonly kernels: readonly KernelFigure[];
}

export interface ScalingDocument {
  readonly machine: Machine;
  readonly scaling: readonly ScalingFigure[];
}

function whole(x: number): string {
  return Math.round(x).toLocaleString('en');
}

export function reportText({ machine, envs, ...figures }: BenchReport): string {
  return [machineLine(machine), '', ...figuresText(figures), '', ...environmentsText(envs), ''].join('\n');
}

export function environmentsText(envs: readonly EnvironmentFigure[]): string[] {
  return table(
    ['environment', 'steps/s on one core', 'best'],
    envs.map((e) => [e.env_id, whole(e.steps_per_second), whole(e.steps_per_second_max)]),
  );
}

export function figuresText({ updates, act, train }: EngineFigures): string[] {
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

export function kernelsText({ machine, kernels }: KernelsDocument): string {
  return [
    machineLine(machine),
    '',
    ...table(
      ['build', 'kernel', 'rows', 'inputs', 'outputs', 'microseconds', 'GFLOP/s', 'best'],
      kernels.map((k) => [
        ...[k.build, k.kernel, String(k.rows), String(k.inputs), String(k.outputs)],
        ...[k.us, k.gflops, k.gflops_max].map((x) => x.toFixed(1)),
      ]),
    ),
    '',
  ].join('\n');
}

export function profileText({ update, step }: Profile): string {
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

export function parallelText({ machine, parallel, best }: ParallelDocument): string {
  return [
    machineLine(machine),
    '',
    ...table(
      ['runs', 'as', 'steps/s', 'per run'],
      parallel.map((p) => [
        String(p.runs),
        p.as,
        whole(p.env_steps_per_second),
        whole(p.env_steps_per_second_per_run),
      ]),
    ),
    '',
    `Most steps per second here: ${best.runs} ${best.runs === 1 ? 'run' : 'runs'} as ${best.as}.`,
    '',
  ].join('\n');
}

export function scalingText({ machine, scaling }: ScalingDocument): string {
  const head = [
    ...['environment', 'agents', 'observations', 'parameters', 'MFLOP', 'update ms', 'GFLOP/s'],
    ...['step us', 'acting us', 'stepping us', 'engine MB', 'transition kB', 'process MB'],
  ];
  const rows = scaling.map((s) => [
    s.env_id,
    ...[s.agents, s.observations, s.parameters, s.update_mflop].map(whole),
    ...[s.update_ms, s.gflops, s.step_us, s.act_us, s.environments_us].map((x) => x.toFixed(1)),
    ...[whole(s.engine_mb), s.transition_kb.toFixed(1), whole(s.process_mb)],
  ]);
  return [machineLine(machine), '', ...table(head, rows), ''].join('\n');
}

function machineLine({ cpu, cores, node, peak_gflops }: Machine): string {
  return `${cpu}, ${cores} cores, Node ${node}, peak ${peak_gflops.toFixed(1)} GFLOP/s per core`;
}

/** Left-aligned names, right-aligned figures. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
  return [head, ...rows].map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  '),
  );
}
