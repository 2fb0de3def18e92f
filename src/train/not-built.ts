/**
 * What an algorithm cannot do with the agents of an environment, and keys that this version does not act on yet: any
 * value but the one that means "off" is refused, so that no setting is silently without effect.
 */
import type { Config } from '../config/keys.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';

export function requireBuilt(config: Config, spec: JointSpec): void {
  const faults = discreteFaults(config, spec);
  const expect = (key: keyof Config, wanted: unknown, what: string): void => {
    if (config[key] !== wanted)
      faults.push(
        `${key}: expected ${String(wanted)} (this version has no ${what}), got ${JSON.stringify(config[key])}`,
      );
  };
  expect('n_step', 1, 'n-step returns');
  expect('critic_reward', 'agent', 'team rewards');
  expect('augmentation', 'none', 'augmentation');
  if (faults.length > 0) throw new UserError(faults);
}

/** Soft actors draw from a normal distribution, and smoothing adds noise to target actions: neither fits a choice. */
function discreteFaults(config: Config, spec: JointSpec): string[] {
  const discrete = spec.agents.filter(({ actionKind }) => actionKind === 'discrete').map(({ name }) => name);
  if (discrete.length === 0) return [];
  const faults: string[] = [];
  const because = `${discrete.join(', ')} ${discrete.length === 1 ? 'has' : 'have'} discrete actions`;
  if (config.agent === 'ISAC' || config.agent === 'MASAC')
    faults.push(
      `agent: expected MADDPG, MATD3 or IDDPG (${because}), got ${config.agent}` +
        (config.env_name === 'mpe' ? '; or set continuous_action to true' : ''),
    );
  if (config.agent === 'MATD3' && config.target_noise > 0)
    faults.push(`target_noise: expected 0 (${because}), got ${config.target_noise}`);
  return faults;
}
