/** The world on its canvas: drawn at every frame, and touched. */
import { useEffect, useRef } from 'preact/hooks';
import { DARK, LIGHT } from '../../src/browser.ts';
import type { Stage } from '../stage.ts';
import type { Studio } from '../studio.ts';
import { WorldCanvas, type Look } from '../world-canvas.ts';
import { brief } from '../words.ts';
import { watchHand } from './hand.ts';
import { caption } from './caption.ts';

const CALM = matchMedia('(prefers-reduced-motion: reduce)');
const DARK_SYSTEM = matchMedia('(prefers-color-scheme: dark)');

function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'] ?? 'auto';
  return chosen === 'auto' ? DARK_SYSTEM.matches : chosen === 'dark';
}

export function WorldView({ studio }: { studio: Studio }) {
  const nowRef = useRef<HTMLCanvasElement>(null);
  const thenRef = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const now = new WorldCanvas(nowRef.current!);
    studio.view = now;
    let then: WorldCanvas | null = null;
    const stopWatching = watchHand(studio, now);
    let before = performance.now();
    let frame = 0;
    const tick = (at: number): void => {
      frame = requestAnimationFrame(tick);
      const passed = Math.min(0.1, Math.max(0, (at - before) / 1000));
      before = at;
      const shown = studio.pass(passed);
      // Whole steps where motion is not wanted.
      const t = CALM.matches ? Math.floor(shown) : shown;
      const look = lookOf(studio);
      now.draw(studio.stage, t, at, look, CALM.matches);
      const { past } = studio;
      const canvas = thenRef.current;
      if (!past || !canvas) then = null;
      else {
        if (then?.canvas !== canvas) then = new WorldCanvas(canvas);
        then.draw(past, Math.min(t, past.steps), at, look, CALM.matches);
      }
    };
    frame = requestAnimationFrame(tick);
    return () => {
      cancelAnimationFrame(frame);
      stopWatching();
    };
  }, [studio]);
  const { past } = studio;
  const label = (when: string, stage: Stage): string =>
    `${when}: ${stage.env.spec.agents.length} agents in ${studio.config.env_id}. Drag agents and landmarks; click an agent to see what it sees. With the keyboard: choose an agent below, then move it with the arrow keys.`;
  return (
    <>
      <div class={past ? 'worlds two' : 'worlds'}>
        {past && (
          <figure>
            <canvas ref={thenRef} role="img" aria-label={label('Then', past)} />
            <figcaption>then: step {brief(studio.pastStep)}</figcaption>
          </figure>
        )}
        <figure>
          <canvas ref={nowRef} tabIndex={0} role="img" aria-label={label('Now', studio.stage)} />
          {past && <figcaption>now: step {brief(studio.training.step)}</figcaption>}
        </figure>
      </div>
      <p class="caption" aria-live="polite">
        {caption(studio)}
      </p>
    </>
  );
}

function lookOf({ chosen, names, held }: Studio): Look {
  const dark = isDark();
  return {
    paint: dark ? DARK : LIGHT,
    accent: dark ? '#58a6ff' : '#0b62c4',
    chosen,
    names,
    held,
  };
}
