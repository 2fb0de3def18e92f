/** The work of `maddpg envs ...`: returns what it prints. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { UserError } from '../core/user-error.ts';
import { checkEnvironment } from '../envs/custom/contract.ts';
import { loadMaker } from '../envs/custom/load.ts';
import { describeEnvironment, environmentIds } from '../envs/registry.ts';
import type { Space } from '../envs/spaces.ts';

/** `envs check`, in its thread (worker.ts). */
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

/** `envs` */
export function environmentList(): string {
  const lines = environmentIds().map((id) => {
    const { agents } = describeEnvironment(id);
    return `${id.padEnd(28)} ${agents.length} agent${agents.length === 1 ? '' : 's'}`;
  });
  return `${lines.join('\n')}\n`;
}

/** `envs ID` */
export function environmentPage(id: string): string {
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
