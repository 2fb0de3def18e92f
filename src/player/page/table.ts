/** The numbers of a step as a table: a row per agent. */
import { returnsOf, type Episode, type Recording } from '../recording.ts';
import { wordOf } from '../speech.ts';
import { LINES, short } from './curves.ts';
import { html } from './elements.ts';

export class Numbers {
  readonly element = html('div', {
    class: 'mp-numbers',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Numbers',
  });
  readonly #agents: Recording['agents'];

  constructor({ agents }: Recording) {
    this.#agents = agents;
  }

  /** Frame n: what led to it, and what follows. */
  show(episode: Episode, n: number): void {
    const led = episode.steps[n - 1];
    const next = episode.steps[n];
    const says = episode.frames[n]!.says;
    const critic = episode.steps[0]?.values.some((value) => value !== null) ?? false;
    const returns = returnsOf(episode, n);
    const columns: [string, (i: number) => string][] = [
      ['reward', (i) => short(led?.rewards[i])],
      ['return', (i) => short(returns[i])],
    ];
    if (critic) columns.push(['Q', (i) => short(next?.values[i])]);
    if (says) columns.push(['says', (i) => (says[i] ? wordOf(says[i]) : '')]);
    columns.push(['next action', (i) => numbers(next?.actions[i])]);
    if (next?.observations) columns.push(['observation', (i) => numbers(next.observations![i])]);
    const head = html(
      'tr',
      {},
      ...['agent', ...columns.map(([name]) => name)].map((name) => html('th', { scope: 'col' }, name)),
    );
    const rows = this.#agents.map(({ name }, i) =>
      html(
        'tr',
        {},
        html('th', { scope: 'row' }, html('i', { class: `mp-swatch mp-line-${i % LINES}` }), name),
        ...columns.map(([name, value]) => html('td', { class: `mp-${name.replace(' ', '-')}` }, value(i))),
      ),
    );
    this.element.replaceChildren(html('table', {}, html('thead', {}, head), html('tbody', {}, ...rows)));
  }
}

function numbers(values: readonly number[] | number | undefined): string {
  if (values === undefined) return '–';
  return typeof values === 'number'
    ? String(values)
    : values.map((x) => x.toFixed(2).replace('-', '−')).join('  ');
}
