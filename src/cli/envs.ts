/** `maddpg envs`: the environments, and one in detail. */
import type { Command } from 'commander';
import { describeEnvironment, environmentIds } from '../envs/registry.ts';
import type { Space } from '../envs/spaces.ts';

export function register(program: Command): void {
  program
    .command('envs')
    .description('list the environments, or one with its agents, spaces and options')
    .argument('[id]', 'the environment, such as simple_spread_v3')
    .addHelpText('after', '\nExample:\n  $ npx maddpg envs simple_spread_v3\n')
    .action((id: string | undefined) => {
      process.stdout.write(id === undefined ? list() : page(id));
    });
}

function list(): string {
  const lines = environmentIds().map((id) => {
    const { agents } = describeEnvironment(id);
    return `${id.padEnd(28)} ${agents.length} agent${agents.length === 1 ? '' : 's'}`;
  });
  return `${lines.join('\n')}\n`;
}

function page(id: string): string {
  const { manual, agents, options } = describeEnvironment(id);
  const lines = [id, '', manual, 'agents (at the default options)'];
  for (const agent of agents)
    lines.push(
      `  ${agent.name}: observes ${spaceText(agent.observationSpace)}, acts ` +
        `${spaceText(agent.continuousActionSpace)} or, with continuous_action: false, ` +
        spaceText(agent.discreteActionSpace),
    );
  lines.push('', 'env_options (in a configuration, the key continuous_action stands for continuous_actions)');
  for (const option of options)
    lines.push(`  ${option.name}: ${option.range}, default ${String(option.default)}`, `      ${option.doc}`);
  return `${lines.join('\n')}\n`;
}

function spaceText(space: Space): string {
  if (space.kind === 'discrete') return `Discrete(${space.n})`;
  const bounds = Number.isFinite(space.low) ? `${space.low} to ${space.high}` : 'any number';
  return `Box(${space.shape[0]}) of ${bounds}`;
}
