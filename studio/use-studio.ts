/** useStudio: redraws a component when the studio changes, at most every 100 ms. */
import { useEffect, useState } from 'preact/hooks';
import type { Studio } from './studio.ts';

/** Milliseconds between two drawings: numbers that change faster cannot be read. */
const LEAST_MS = 100;

export function useStudio(studio: Studio): void {
  const [, redraw] = useState(0);
  useEffect(() => {
    let timer: number | undefined;
    let drawnAt = -Infinity;
    const draw = (): void => {
      timer = undefined;
      drawnAt = performance.now();
      redraw((n) => n + 1);
    };
    const stop = studio.subscribe(() => {
      timer ??= window.setTimeout(draw, Math.max(0, LEAST_MS - (performance.now() - drawnAt)));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [studio]);
}
