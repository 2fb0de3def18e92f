/** `maddpg serve`: a trained policy answers observations on standard input. serving.ts has the work. */
import { Argument, type Command } from 'commander';

export interface ServeOptions {
  readonly best?: boolean;
}

export function register(program: Command): void {
  program
    .command('serve')
    .description(
      'answer observations with actions, as lines of JSON on standard input and output (docs/serve.md)',
    )
    .addArgument(new Argument('<run|checkpoint>', 'run directory or checkpoint folder'))
    .option('--best', 'the checkpoint of the best evaluation instead of the newest')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ npx maddpg serve runs/spread < examples/observations.jsonl\n' +
        '  $ npx maddpg serve runs/spread --best < examples/observations.jsonl > actions.jsonl\n',
    )
    .action(async (target: string, options: ServeOptions) => {
      const { serve } = await import('./serving.ts');
      await serve(target, options);
    });
}
