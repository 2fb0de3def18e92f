/** `maddpg bench`: benchmarks updates, acting, environments and training. benchmarks.ts has the work. */
import type { Command } from 'commander';
import type { BenchOptions } from './benchmarks.ts';

export function register(program: Command): void {
  program
    .command('bench')
    .description('benchmark updates, acting, environments and training (takes a minute or two)')
    .option('--json', 'print JSON on standard output')
    .option('--profile', 'profile an update and a vector step instead')
    .option('--only <what>', 'benchmark one engine:threads, such as wasm:2, or one environment')
    .addHelpText('after', '\nExample:\n  $ npx maddpg bench --json > bench.json\n')
    .action(async (options: BenchOptions) => {
      await (await import('./benchmarks.ts')).runBenchmarks(options);
    });
}
