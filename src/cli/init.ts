/** `maddpg init`: begins a project. initializing.ts has the work. */
import type { Command } from 'commander';

export interface InitOptions {
  readonly custom?: boolean;
}

export function register(program: Command): void {
  program
    .command('init')
    .description('write a commented starter configuration, ready to train')
    .argument('[folder]', 'folder to write to', '.')
    .option('--custom', 'also write a custom environment to start from')
    .addHelpText(
      'after',
      '\nExamples:\n' + '  $ npx maddpg init\n' + '  $ npx maddpg init walkers --custom\n',
    )
    .action(async (folder: string, options: InitOptions) => {
      const { init } = await import('./initializing.ts');
      process.stdout.write(init(folder, options));
    });
}
