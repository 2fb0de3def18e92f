/** The player of one run at a time, and the choice among them. */
import { html } from '../html.ts';
import type { News } from '../run.ts';
import { element, elementOf, fill } from './elements.ts';
import { inflate } from './unpack.ts';

declare global {
  interface Window {
    /** Of the player's own script, which the page has if it has players. */
    readonly maddpgPlayer?: { readonly mount: (element: HTMLElement) => void };
  }
}

export class PlayerPanel {
  #players: News['players'] = {};
  /** What is shown, as packed. */
  #shown = '';

  constructor() {
    elementOf(HTMLSelectElement, '#watched').addEventListener('change', () => {
      void this.#showChosen();
    });
  }

  show(players: News['players']): void {
    this.#players = players;
    const paths = Object.keys(players);
    element('#players-section').hidden = paths.length === 0;
    const select = elementOf(HTMLSelectElement, '#watched');
    const before = select.value;
    fill(select, html`${paths.map((path) => html`<option>${path}</option>`)}`);
    if (paths.includes(before)) select.value = before;
    void this.#showChosen();
  }

  /** A player that is there already stays: it may be playing. */
  async #showChosen(): Promise<void> {
    const player = this.#players[elementOf(HTMLSelectElement, '#watched').value];
    const host = element('#player');
    element('#no-player').textContent = player && 'absent' in player ? player.absent : '';
    const packed = player && 'packed' in player ? player.packed : '';
    if (packed === this.#shown) return;
    this.#shown = packed;
    const markup = packed === '' ? '' : await inflate(packed).text();
    if (this.#shown !== packed) return;
    host.innerHTML = markup;
    const mounted = host.firstElementChild;
    if (mounted instanceof HTMLElement) window.maddpgPlayer?.mount(mounted);
  }
}
