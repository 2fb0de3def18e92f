/** Player: shows a recording in a page: world, controls, curves and numbers, by mouse, touch and keyboard. */
import type { CameraName } from '../camera.ts';
import { DARK, LIGHT, type Theme } from '../paint.ts';
import { returnsOf, type Episode, type Recording } from '../recording.ts';
import { Curves, seriesOf, short } from './curves.ts';
import { choice, html, svg } from './elements.ts';
import { Numbers } from './table.ts';
import { World } from './world.ts';

/** Steps per second at speed 1: real time for the particle environments. */
const PACE = 10;
const SPEEDS = [0.25, 0.5, 1, 2, 4];
/** Paths in 16 by 16. */
const ICONS = {
  first: 'M2 2h2v12H2z M14 2v12L5 8z',
  back: 'M13 2v12L4 8z',
  forward: 'M3 2v12l9-6z',
  last: 'M12 2h2v12h-2z M2 2v12l9-6z',
};
const CAMERAS: readonly CameraName[] = ['fixed', 'mpe2'];

export interface PlayerOptions {
  readonly camera?: CameraName;
  /** Begins to play at once, unless the reader prefers reduced motion. */
  readonly autoplay?: boolean;
}

export class Player {
  readonly #root: HTMLElement;
  readonly #recording: Recording;
  readonly #world: World;
  readonly #numbers: Numbers;
  readonly #rewards: Curves;
  readonly #values: Curves;
  readonly #play = button('Play', () => {
    this.toggle();
  });
  readonly #slider = html('input', { type: 'range', min: 0, step: 1, 'aria-label': 'Step' });
  readonly #status = html('output', { class: 'mp-status' });
  readonly #episodes: ReturnType<typeof choice>;
  readonly #seeds: ReturnType<typeof choice>;
  readonly #speeds: ReturnType<typeof choice>;
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  #episode: Episode;
  #t = 0;
  #playing = false;
  #speed = SPEEDS.indexOf(1);
  #camera: CameraName;
  #names = true;

  constructor(
    root: HTMLElement,
    recording: Recording,
    { camera = 'fixed', autoplay = false }: PlayerOptions = {},
  ) {
    this.#root = root;
    this.#recording = recording;
    this.#camera = camera;
    this.#episode = recording.episodes[0]!;
    this.#world = new World(recording);
    this.#numbers = new Numbers(recording);
    const seek = (step: number): void => {
      this.#pause();
      this.seek(Math.round(step));
    };
    this.#rewards = new Curves('Reward', seek);
    this.#values = new Curves('Q, the return that the critic expects', seek);
    this.#seeds = choice('Seed', this.#seedList.map(String), 0, () => {
      this.#choose(this.#episodesOfSeed()[0]!);
    });
    this.#episodes = choice('Episode', [], 0, (k) => {
      this.#choose(this.#episodesOfSeed()[k]!);
    });
    this.#speeds = choice(
      'Speed',
      SPEEDS.map((speed) => `${speed}×`),
      this.#speed,
      (k) => {
        this.#speed = k;
      },
    );
    this.#slider.addEventListener('input', () => {
      seek(Number(this.#slider.value));
    });
    this.#build();
    this.#choose(this.#episode);
    new ResizeObserver(() => {
      this.#rewards.redraw();
      this.#values.redraw();
      this.#show();
    }).observe(root);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#show();
    });
    if (autoplay && !this.#calm.matches) this.toggle();
  }

  /** Plays or pauses; from the end, plays again from the start. */
  toggle(): void {
    if (this.#playing) {
      this.#pause();
      return;
    }
    if (this.#t >= this.#last) this.#t = 0;
    this.#playing = true;
    this.#label();
    let before = performance.now();
    const tick = (now: number): void => {
      if (!this.#playing || !this.#root.isConnected) return;
      // A frame's time may lie before the click.
      const passed = Math.max(0, now - before) / 1000;
      this.#t = Math.min(this.#last, this.#t + passed * PACE * SPEEDS[this.#speed]!);
      before = now;
      this.#show();
      if (this.#t >= this.#last) this.#pause();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  /** Goes to a frame and stays there. */
  seek(frame: number): void {
    this.#t = Math.max(0, Math.min(this.#last, frame));
    this.#show();
  }

  /** Handles a key; returns whether it means anything here. */
  press(key: string): boolean {
    const move = (frame: number): void => {
      this.#pause();
      this.seek(frame);
    };
    switch (key) {
      case ' ':
      case 'k':
        this.toggle();
        return true;
      case 'ArrowLeft':
        move(Math.ceil(this.#t) - 1);
        return true;
      case 'ArrowRight':
        move(Math.floor(this.#t) + 1);
        return true;
      case 'Home':
        move(0);
        return true;
      case 'End':
        move(this.#last);
        return true;
      case 'n':
      case 'p':
        this.#turn(key === 'n' ? 1 : -1);
        return true;
      case '+':
      case '-':
        this.#speed = Math.max(0, Math.min(SPEEDS.length - 1, this.#speed + (key === '+' ? 1 : -1)));
        this.#speeds.select.selectedIndex = this.#speed;
        return true;
      default:
        return false;
    }
  }

  get #last(): number {
    return this.#episode.steps.length;
  }

  get #seedList(): number[] {
    return [...new Set(this.#recording.episodes.map(({ seed }) => seed))];
  }

  get #theme(): Theme {
    return getComputedStyle(this.#root).getPropertyValue('--mp-dark').trim() === '1' ? DARK : LIGHT;
  }

  #episodesOfSeed(): Episode[] {
    const seed = this.#seedList[this.#seeds.select.selectedIndex];
    return this.#recording.episodes.filter((episode) => episode.seed === seed);
  }

  #build(): void {
    const { env, policy, episodes } = this.#recording;
    const cameras = choice('Camera', CAMERAS, CAMERAS.indexOf(this.#camera), (k) => {
      this.#camera = CAMERAS[k]!;
      this.#show();
    });
    const names = html('input', { type: 'checkbox' });
    names.checked = this.#names;
    names.addEventListener('change', () => {
      this.#names = names.checked;
      this.#show();
    });
    const step = (key: string, icon: string, label: string): HTMLButtonElement =>
      button(label, () => this.press(key), svg('svg', { width: 16, height: 16 }, svg('path', { d: icon })));
    const drawn = episodes.some(({ looks }) => looks.length > 0);
    this.#root.setAttribute('role', 'region');
    this.#root.setAttribute('aria-label', `Player of ${env}`);
    this.#root.append(
      html('header', {}, html('h2', {}, env), html('p', {}, policy)),
      html(
        'div',
        { class: 'mp-main' },
        html(
          'div',
          { class: 'mp-stage' },
          drawn
            ? this.#world.element
            : html('p', { class: 'mp-undrawn' }, 'This environment has no render(): here are its numbers.'),
          html(
            'div',
            { class: 'mp-controls' },
            step('Home', ICONS.first, 'First step'),
            step('ArrowLeft', ICONS.back, 'Step back'),
            this.#play,
            step('ArrowRight', ICONS.forward, 'Step forward'),
            step('End', ICONS.last, 'Last step'),
            this.#slider,
            this.#status,
          ),
          html(
            'div',
            { class: 'mp-choices' },
            ...(this.#seedList.length > 1 ? [this.#seeds.field] : []),
            this.#episodes.field,
            this.#speeds.field,
            ...(drawn ? [cameras.field, html('label', {}, names, ' Names')] : []),
          ),
        ),
        html('div', { class: 'mp-data' }, this.#rewards.element, this.#values.element, this.#numbers.element),
      ),
      keys(),
    );
  }

  /** The episode before or after, over all seeds. */
  #turn(by: number): void {
    const { episodes } = this.#recording;
    const k = episodes.indexOf(this.#episode) + by;
    if (episodes[k]) this.#choose(episodes[k]);
  }

  #choose(episode: Episode): void {
    this.#episode = episode;
    this.#t = 0;
    this.#seeds.select.selectedIndex = this.#seedList.indexOf(episode.seed);
    const own = this.#episodesOfSeed();
    this.#episodes.select.replaceChildren(...own.map((one) => html('option', {}, title(one))));
    this.#episodes.select.selectedIndex = own.indexOf(episode);
    this.#slider.max = String(this.#last);
    const names = this.#recording.agents.map(({ name }) => name);
    const { steps } = episode;
    this.#rewards.show(
      seriesOf(
        names,
        names.map((_, i) => steps.map(({ rewards }, k) => [k + 1, rewards[i]!] as const)),
      ),
      steps.length,
    );
    this.#values.show(
      seriesOf(
        names,
        names.map((_, i) =>
          steps.flatMap(({ values }, k) => (values[i] === null ? [] : [[k, values[i]!] as const])),
        ),
      ),
      steps.length,
    );
    this.#show();
  }

  #pause(): void {
    this.#playing = false;
    this.#label();
  }

  #label(): void {
    this.#play.setAttribute('aria-label', this.#playing ? 'Pause' : 'Play');
    this.#play.textContent = this.#playing ? 'Pause' : 'Play';
    this.#status.setAttribute('aria-live', this.#playing ? 'off' : 'polite');
  }

  #show(): void {
    const frame = Math.floor(this.#t);
    // Whole steps where motion is not wanted.
    const t = this.#calm.matches ? frame : this.#t;
    const options = { camera: this.#camera, names: this.#names, theme: this.#theme };
    if (this.#episode.looks.length > 0) this.#world.show(this.#episode, t, options);
    this.#numbers.show(this.#episode, frame);
    this.#rewards.at(t);
    this.#values.at(t);
    this.#slider.value = String(frame);
    this.#status.textContent = `step ${frame} of ${this.#last}`;
  }
}

/** `1: −14.2`, the mean return of all agents. */
function title(episode: Episode): string {
  const returns = returnsOf(episode);
  return `${episode.index + 1}: return ${short(returns.reduce((sum, x) => sum + x, 0) / returns.length)}`;
}

function button(label: string, onClick: () => void, sign: Node | string = label): HTMLButtonElement {
  const element = html('button', { type: 'button', 'aria-label': label, title: label }, sign);
  element.addEventListener('click', onClick);
  return element;
}

function keys(): HTMLElement {
  const list = [
    ['Space', 'play or pause'],
    ['← →', 'step'],
    ['Home End', 'first and last step'],
    ['N P', 'next and previous episode'],
    ['+ −', 'speed'],
  ];
  return html(
    'p',
    { class: 'mp-keys' },
    ...list.map(([key, what]) => html('span', {}, html('kbd', {}, key!), ` ${what!}`)),
  );
}
