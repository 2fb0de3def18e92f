/** What the threads of `maddpg eval` tell while they play. */
export interface EpisodeNews {
  /** Episodes so far. */
  readonly played: number;
  /** Episodes in all. */
  readonly total: number;
}

const TELL_MS = 100;

/** Tells at most ten times a second. */
export function throttled(tell: (news: EpisodeNews) => void): (news: EpisodeNews) => void {
  let next = 0;
  return (news) => {
    if (performance.now() < next) return;
    tell(news);
    next = performance.now() + TELL_MS;
  };
}
