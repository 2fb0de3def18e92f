import type { TrainingSession } from '../../src/train/session.ts';

/** Step counts before vector steps with updates, and the number of updates. */
export function firings(session: TrainingSession, until: number): [step: number, updates: number][] {
  const fired: [number, number][] = [];
  while (session.step < until) {
    const { step, updates } = session;
    session.advance();
    if (session.updates > updates) fired.push([step, session.updates - updates]);
  }
  return fired;
}
