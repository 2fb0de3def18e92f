/** `maddpg studio`: the studio in a browser, on this machine. serving-studio.ts has the work. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';

export interface StudioOptions {
  readonly port: number;
  readonly open?: boolean;
}

export function register(program: Command): void {
  program
    .command('studio')
    .description('train in a web page and take part: serves the studio on 127.0.0.1')
    .argument('[run]', 'run, checkpoint or zip of a run to begin with')
    .option('--port <n>', 'port (default: a free one)', wholeNumber('--port', 0, 65535), 0)
    .option('--open', 'open it in a browser')
    .addHelpText(
      'after',
      '\nExamples:\n' + '  $ npx maddpg studio --open\n' + '  $ npx maddpg studio runs/spread\n',
    )
    .action(async (run: string | undefined, options: StudioOptions) => {
      const { studio } = await import('./serving-studio.ts');
      await studio(run, options);
    });
}
