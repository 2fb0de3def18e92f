/** `maddpg bench`: benchmarks updates, acting, environments and training. benchmarks.ts has the work. */
import { Option, type Command } from 'commander';
import type { BenchOptions } from './benchmarks.ts';

export function register(program: Command): void {
  program
    .command('bench')
    .description('benchmark updates, acting, environments and training (takes a minute or two)')
    .option('--json', 'print JSON on standard output')
    .addOption(new Option('--profile', 'profile an update and a vector step instead').conflicts('only'))
    .addOption(
      new Option('--kernels', 'measure the matrix products of engine wasm instead').conflicts([
        'profile',
        'parallel',
        'scaling',
        'only',
      ]),
    )
    .addOption(
      new Option('--parallel', 'measure several training runs side by side instead').conflicts([
        'profile',
        'scaling',
        'only',
      ]),
    )
    .addOption(
      new Option('--scaling', 'measure time and memory with more and more agents instead').conflicts(
        'profile',
      ),
    )
    .option(
      '--only <what>',
      'benchmark one engine:threads, such as wasm:2, or one environment; with --scaling one environment:agents',
    )
    .addHelpText('after', '\nExample:\n  $ npx maddpg bench --json > bench.json\n')
    .action(async (options: BenchOptions) => {
      await (await import('./benchmarks.ts')).runBenchmarks(options);
    });
}
