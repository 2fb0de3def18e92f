/** Metric names of CleanRL's scripts (ddpg, td3 and sac_continuous_action.py). Names only: values stay as docs/metrics.md says. */

const NAMES: Readonly<Record<string, string>> = {
  'train/episode_return': 'charts/episodic_return',
  'train/episode_length': 'charts/episodic_length',
  'test/episode_return_mean': 'eval/episodic_return',
  'test/episode_length': 'eval/episodic_length',
  'learner/loss_critic': 'losses/qf_loss',
  'learner/loss_actor': 'losses/actor_loss',
  'learner/predictQ': 'losses/qf_values',
  'learner/predictQ_A': 'losses/qf1_values',
  'learner/predictQ_B': 'losses/qf2_values',
  'learner/alpha': 'losses/alpha',
  'learner/alpha_loss': 'losses/alpha_loss',
  'speed/env_steps_per_second': 'charts/SPS',
};

/** CleanRL's name of a metric, or its own if there is none. An agent's or group's name stays at the end. */
export function cleanRlName(name: string): string {
  const [place, ...rest] = name.split('/');
  // learner/<group>/loss_critic, but train/episode_return/<agent>.
  const last = place === 'learner' ? rest.length - 1 : 0;
  const found = NAMES[`${place!}/${rest[last] ?? ''}`];
  return found === undefined ? name : [found, ...rest.filter((_, k) => k !== last)].join('/');
}
