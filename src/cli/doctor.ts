/** `maddpg doctor`: reports Node, hardware and engines, and how to install missing engines. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Command } from 'commander';
import { engineStatus, type EngineStatus } from '../engine/registry.ts';
import { loadTensorFlow } from '../engine/tensorflow/binding.ts';
import { UserError } from '../core/user-error.ts';
import { VERSION } from '../version.ts';

interface Diagnosis {
  readonly maddpg: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: { readonly model: string; readonly threads: number };
  readonly memory_gib: number;
  readonly engines: readonly EngineDiagnosis[];
}

interface EngineDiagnosis {
  readonly name: string;
  readonly device: string;
  readonly available: boolean;
  /** TensorFlow version, and whether it sees a GPU. */
  readonly details?: string;
  readonly advice?: string;
}

export function register(program: Command): void {
  program
    .command('doctor')
    .description('show Node, processor and engines, and how to install what is missing')
    .option('--json', 'print JSON')
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
    engines: engineStatus().map((status) => (status.name === 'tensorflow' ? tried(status) : status)),
  };
}

/** Loads TensorFlow if installed: only that shows whether it works. */
function tried(status: EngineStatus): EngineDiagnosis {
  if (!status.available) return status;
  try {
    const { binding } = loadTensorFlow(status.device, 1);
    const gpu = binding.isUsingGpuDevice() ? 'sees a GPU' : 'sees no GPU';
    return { ...status, details: `TensorFlow ${binding.TF_Version}, ${gpu}` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name: status.name, device: status.device, available: false, advice: error.message };
  }
}

function text({ maddpg, node, platform, cpu, memory_gib, engines }: Diagnosis): string {
  const rows = [
    ['maddpg', maddpg],
    ['Node', `${node} on ${platform}`],
    ['processor', `${cpu.model}, ${cpu.threads} threads`],
    ['memory', `${memory_gib} GiB`],
    ...engines.map(({ name, device, available, details, advice }) => [
      `engine ${name}${name === 'tensorflow' ? ` (${device})` : ''}`,
      available ? `available${details === undefined ? '' : `: ${details}`}` : `missing; ${advice ?? ''}`,
    ]),
  ];
  return `${rows.map(([label, value]) => `${label!.padEnd(26)}${value!}`).join('\n')}\n`;
}
