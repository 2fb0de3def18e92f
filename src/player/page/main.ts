/**
 * The player's script (esbuild bundles it for page.ts). Each `<div class="maddpg-player">` holds its recording as JSON in a
 * script element, and becomes a player when the page has loaded; `maddpgPlayer.mount(element)` does it for one added later.
 */
import type { CameraName } from '../camera.ts';
import type { Recording } from '../recording.ts';
import { Player } from './player.ts';

const players = new WeakMap<Element, Player>();

/** Makes a player of an element. */
function mount(element: HTMLElement): void {
  if (players.has(element)) return;
  const data = element.querySelector('script[type="application/json"]')!;
  const recording = JSON.parse(data.textContent) as Recording;
  const { camera, main } = element.dataset;
  players.set(
    element,
    new Player(element, recording, {
      ...(camera !== undefined && { camera: camera as CameraName }),
      autoplay: main !== undefined,
    }),
  );
}

/** Keys go to the player with the focus; without one, to the player that is the page's purpose. */
document.addEventListener('keydown', (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // Fields and buttons have keys of their own.
  if (target.closest('input, select, textarea') || (event.key === ' ' && target.closest('button'))) return;
  const chosen = target.closest('.maddpg-player') ?? document.querySelector('.maddpg-player[data-main]');
  if (chosen && players.get(chosen)?.press(event.key)) event.preventDefault();
});

function mountAll(): void {
  for (const element of document.querySelectorAll<HTMLElement>('.maddpg-player')) mount(element);
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', mountAll);
else mountAll();

Object.assign(window, { maddpgPlayer: { mount } });
