/**
 * What the algorithms cannot do with agents that choose instead of moving by numbers: said before anything is built. Who
 * has discrete actions is known only once the environment is there, so this is no rule between keys.
 */
import { algorithmNames, SOFT_ALGORITHMS } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';

/** Throws UserError where the algorithm, or a setting of it, does not fit discrete actions. */
export function requireFittingActions(config: Config, spec: JointSpec): void {
  const faults = discreteFaults(config, spec);
  if (faults.length > 0) throw new UserError(faults);
}

/** Soft actors draw from a normal distribution, and smoothing adds noise to target actions: neither fits a choice. */
function discreteFaults(config: Config, spec: JointSpec): string[] {
  const { agent } = config;
  const algorithmOf = (team: string): string | undefined => (typeof agent === 'string' ? agent : agent[team]);
  const among = (...algorithms: readonly string[]): string[] =>
    spec.agents
      .filter(({ actionKind, team }) => actionKind === 'discrete' && algorithms.includes(algorithmOf(team)!))
      .map(({ name }) => name);
  const faults: string[] = [];
  const because = (names: readonly string[]): string =>
    `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} discrete actions`;
  const soft = among(...SOFT_ALGORITHMS);
  if (soft.length > 0)
    faults.push(
      `agent: expected MADDPG, MATD3 or IDDPG (${because(soft)}), got ${algorithmNames(config).join(', ')}` +
        (config.env_name === 'mpe' ? '; or set continuous_action to true' : ''),
    );
  const smoothed = among('MATD3');
  if (smoothed.length > 0 && config.target_noise > 0)
    faults.push(`target_noise: expected 0 (${because(smoothed)}), got ${config.target_noise}`);
  const noisy = spec.agents.some(
    ({ actionKind, team }) => actionKind === 'box' && !SOFT_ALGORITHMS.includes(algorithmOf(team)!),
  );
  if (config.noise_process === 'ornstein_uhlenbeck' && !noisy)
    faults.push(
      'noise_process: expected gaussian (no noise is added to discrete actions, nor to those of ISAC and MASAC), got ' +
        config.noise_process,
    );
  return faults;
}
