/** `maddpg envs`: lists environments, describes one, or checks a custom one. */
import type { Command } from 'commander';
import { append } from './arguments.ts';
import type { environmentCheck } from './environments.ts';
import { startPrinting } from './thread.ts';

export function register(program: Command): void {
  const envs = program
    .command('envs')
    .description('list environments, or describe one: agents, spaces, rewards, options')
    .argument('[id]', 'environment, such as simple_spread_v3')
    .addHelpText('after', '\nExample:\n  $ npx maddpg envs simple_spread_v3\n')
    .action(async (id: string | undefined) => {
      const { environmentList, environmentPage } = await import('./environments.ts');
      process.stdout.write(id === undefined ? environmentList() : environmentPage(id));
    });
  envs
    .command('check')
    .description('check a custom environment against the contract by playing it')
    .argument('<module>', 'path such as ./my-env.mjs, or package')
    .option('--set <env_options.key=value>', 'environment option (YAML value); repeatable', append)
    .addHelpText(
      'after',
      '\nExample:\n  $ npx maddpg envs check ./examples/meeting.mjs --set env_options.max_cycles=10\n',
    )
    .action(check);
}

async function check(module: string, { set: sets = [] }: { set?: string[] }): Promise<void> {
  process.stdout.write(await startPrinting<typeof environmentCheck>('envs check', { module, sets }).result);
}
