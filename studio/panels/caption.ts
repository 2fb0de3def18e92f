/** The sentence below the world: what is going on, and what to look at. */
import { captionOf } from '../lessons.ts';
import type { Studio } from '../studio.ts';
import { lastEvaluation, standingOf } from './returns.ts';

export function caption(studio: Studio): string {
  const { training, config, stage } = studio;
  if (stage.steered) {
    const { name } = stage.env.spec.agents[stage.steered.agent]!;
    return `You are ${name}. Arrow keys or W A S D; Escape gives it back.`;
  }
  if (training.standing === 'failed') return 'Training has failed.';
  if (training.standing === 'starting') return 'Starting …';
  if (studio.lesson) return captionOf(studio.lesson, studio);
  const evaluation = lastEvaluation(studio);
  const done = training.standing === 'ended' ? 'Trained. ' : '';
  if (!evaluation)
    return training.step < Math.max(config.start_training, config.uniform_steps)
      ? 'Nobody has taught them anything yet: they gather experience.'
      : 'They have begun to learn. The first test is on its way.';
  return done + standingOf(studio);
}
