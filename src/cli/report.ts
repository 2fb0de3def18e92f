/** `maddpg report`: curves and statistics of runs as one HTML file. reporting.ts has the work. */
import type { Command } from 'commander';
import { hintAtKeys } from './arguments.ts';
import type { ReportOptions } from './reporting.ts';

export function register(program: Command): void {
  hintAtKeys(
    program
      .command('report')
      .description('draw curves and statistics of runs in one HTML file, grouped over seeds')
      .argument('<runs...>', 'run directories, folders of them, or sweeps')
      .option('--out <file>', 'HTML file to write (default: report.html)')
      .option('--open', 'open it in the browser')
      .option('--watch', 'serve it on 127.0.0.1 instead, and keep it up to date')
      .option('--no-players', "leave out the players of the runs' last evaluation episodes")
      .option('--csv <file>', 'also write the curves as CSV')
      .option('--json <file>', 'also write curves and scores as JSON')
      .option('--svg <file>', 'also draw the test returns as an SVG, for runs of one environment')
      .option('--marl-eval <file>', 'also write the test returns as JSON for marl-eval')
      .addHelpText(
        'after',
        '\nExamples:\n' +
          '  $ npx maddpg report runs/spread --csv curves.csv\n' +
          '  $ npx maddpg report runs --out all.html\n',
      )
      .action(async (runs: string[], options: ReportOptions) => {
        const { report } = await import('./reporting.ts');
        await report(runs, options);
      }),
  );
}
