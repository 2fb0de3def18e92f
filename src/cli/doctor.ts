/** `maddpg doctor`: what this machine offers, and what to type for what is missing. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Command } from 'commander';
import { ENGINES } from '../engine/registry.ts';
import { VERSION } from '../version.ts';

interface Diagnosis {
  readonly maddpg: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: { readonly model: string; readonly threads: number };
  readonly memory_gib: number;
  readonly engines: readonly {
    readonly name: string;
    readonly available: boolean;
    readonly advice?: string;
  }[];
}

export function register(program: Command): void {
  program
    .command('doctor')
    .description('show Node, processor and engines, and how to install what is missing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ npx maddpg doctor\n')
    .action(({ json = false }: { json?: boolean }) => {
      const found = diagnose();
      process.stdout.write(json ? `${JSON.stringify(found)}\n` : text(found));
    });
}

function diagnose(): Diagnosis {
  return {
    maddpg: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: { model: cpus()[0]?.model.trim() ?? 'unknown', threads: availableParallelism() },
    memory_gib: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    engines: ENGINES.map((name) => ({ name, available: true })),
  };
}

function text({ maddpg, node, platform, cpu, memory_gib, engines }: Diagnosis): string {
  const rows = [
    ['maddpg', maddpg],
    ['Node', `${node} on ${platform}`],
    ['processor', `${cpu.model}, ${cpu.threads} threads`],
    ['memory', `${memory_gib} GiB`],
    ...engines.map(({ name, available, advice }) => [
      `engine ${name}`,
      available ? 'available' : `missing; ${advice ?? ''}`,
    ]),
  ];
  return `${rows.map(([label, value]) => `${label!.padEnd(18)}${value!}`).join('\n')}\n`;
}
