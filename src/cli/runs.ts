/** `maddpg runs`: lists runs, and how to go on with each. */
import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('runs')
    .description('list runs: state, steps, returns, age, and the command that continues or evaluates each')
    .argument('[dir...]', 'runs, folders of runs or sweeps (default: runs)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ npx maddpg runs\n' + '  $ npx maddpg runs runs/spread --json\n')
    .action(async (folders: string[], { json = false }: { json?: boolean }) => {
      const { runsJson, runsTable } = await import('./run-table.ts');
      process.stdout.write(json ? runsJson(folders) : runsTable(folders, process.stdout));
    });
}
