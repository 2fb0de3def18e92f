/** `maddpg envs`: lists environments, describes one, or checks a custom one. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { UserError } from '../core/user-error.ts';
import { checkEnvironment } from '../envs/custom/contract.ts';
import { loadMaker } from '../envs/custom/load.ts';
import { describeEnvironment, environmentIds } from '../envs/registry.ts';
import type { Space } from '../envs/spaces.ts';
import { append } from './arguments.ts';
import { printedBy } from './thread.ts';

export function register(program: Command): void {
  const envs = program
    .command('envs')
    .description('list environments, or describe one: agents, spaces, rewards, options')
    .argument('[id]', 'environment, such as simple_spread_v3')
    .addHelpText('after', '\nExample:\n  $ npx maddpg envs simple_spread_v3\n')
    .action((id: string | undefined) => {
      process.stdout.write(id === undefined ? list() : page(id));
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
  process.stdout.write(await printedBy<typeof environmentCheck>('envs check', { module, sets }));
}

/** The work of `maddpg envs check`, in its thread (worker.ts): returns what to print. */
export async function environmentCheck({
  module,
  sets,
}: {
  readonly module: string;
  readonly sets: readonly string[];
}): Promise<string> {
  if (module === '')
    throw new UserError('envs check: expected a path such as ./my-env.mjs, or a package, got ""');
  const env_id = existsSync(module) ? resolve(module) : module;
  const { config } = loadConfig({ sets, flags: { env_name: 'custom', env_id } });
  const make = await loadMaker(config.env_id);
  const report = checkEnvironment(() => make(structuredClone(config.env_options)));
  if (report.faults.length > 0) throw new UserError(report.faults.map((fault) => `${module}: ${fault}`));
  const { agents, episodes, steps, endedEarly } = report;
  const early = endedEarly.length === 0 ? '' : `; finished early: ${endedEarly.join(', ')}`;
  return `${module}: ok (${agents.join(', ')}; ${episodes} episodes, ${steps} steps${early})\n`;
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
  const lines = [id, '', manual, 'agents (default options)'];
  for (const agent of agents)
    lines.push(
      `  ${agent.name}: observation ${spaceText(agent.observationSpace)}, action ` +
        `${spaceText(agent.continuousActionSpace)}; with continuous_action: false ` +
        spaceText(agent.discreteActionSpace),
    );
  lines.push('', 'env_options (in a config, set continuous_action in place of continuous_actions)');
  for (const option of options)
    lines.push(`  ${option.name}: ${option.range}, default ${String(option.default)}`, `      ${option.doc}`);
  return `${lines.join('\n')}\n`;
}

function spaceText(space: Space): string {
  if (space.kind === 'discrete') return `Discrete(${space.n})`;
  const bounds = Number.isFinite(space.low) ? ` in [${space.low}, ${space.high}]` : '';
  return `Box(${space.shape[0]})${bounds}`;
}
