/**
 * Keys that the documentation names and this version does not act on yet: any value but the one that means
 * "off" is refused, so that no setting is silently without effect. Shrinks as features arrive.
 */
import type { Config } from '../config/keys.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';

export function requireBuilt(config: Config, spec: JointSpec): void {
  const faults: string[] = [];
  const expect = (key: keyof Config, wanted: unknown, what: string): void => {
    if (config[key] !== wanted)
      faults.push(
        `${key}: expected ${String(wanted)} (this version has no ${what}), got ${JSON.stringify(config[key])}`,
      );
  };
  expect('n_step', 1, 'n-step returns');
  expect('critic_reward', 'agent', 'team rewards');
  expect('augmentation', 'none', 'augmentation');
  const discrete = spec.agents.filter(({ actionKind }) => actionKind === 'discrete').map(({ name }) => name);
  if (discrete.length > 0 && config.env_name === 'mpe')
    expect('continuous_action', true, 'learner for discrete actions');
  else if (discrete.length > 0)
    faults.push(
      `env_id: expected an environment with Box actions (this version has no learner for discrete actions), got ` +
        `Discrete ones of ${discrete.join(', ')}`,
    );
  if (faults.length > 0) throw new UserError(faults);
}
