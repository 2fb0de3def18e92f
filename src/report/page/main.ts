/** The script of a report's page. page.ts inlines it, bundled; it starts from the data in the page. */
import { environmentName, repeatedSeeds } from '../groups.ts';
import { html } from '../html.ts';
import { metricBases, metricTitle } from '../metric-names.ts';
import type { News } from '../run.ts';
import { aggregateTable, comparisonOf, improvementTable, profileChart } from './comparison-view.ts';
import { configurationsView, runsView } from './configurations-view.ts';
import { listenToControls, showControls } from './controls.ts';
import { allPositive, drawnGroups, legend, mainChart, numbersTable, smallChart } from './curves-view.ts';
import { element, elementOf, fill, onClick } from './elements.ts';
import { InteractiveChart } from './interactive-chart.ts';
import { PlayerPanel } from './player-panel.ts';
import { scoresView } from './scores-view.ts';
import { firstState, isReturn, thresholdOf, viewOf, type State, type View } from './state.ts';
import { startThemeButton } from './theme.ts';
import { unpack, type Unpacked } from './unpack.ts';

/** Points of the small charts. */
const FEW = 80;

class Report {
  #data: Unpacked;
  readonly #state: State;
  readonly #main: InteractiveChart;
  readonly #profile: InteractiveChart;
  /** Small charts by metric. */
  readonly #small = new Map<string, InteractiveChart>();
  /** Metrics whose small chart is in sight. */
  readonly #inSight = new Set<string>();
  readonly #observer: IntersectionObserver;

  constructor(data: Unpacked) {
    this.#data = data;
    this.#state = firstState(data);
    this.#main = new InteractiveChart(element('#chart'), 'Curves: arrow keys move the cursor, + and − zoom', {
      height: (width) => Math.round(Math.max(280, Math.min(480, width * 0.48))),
      onZoom: (zoom) => {
        this.#change((state) => {
          state.zoom = zoom;
        });
      },
    });
    this.#profile = new InteractiveChart(
      element('#profile'),
      'Performance profile: arrow keys move the cursor',
      {
        height: (width) => Math.round(Math.max(260, Math.min(340, width * 0.6))),
      },
    );
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const { base = '' } = (target as HTMLElement).dataset;
        if (isIntersecting) this.#inSight.add(base);
        else this.#inSight.delete(base);
      }
      this.#showSmall(this.#view());
    });
    listenToControls((act) => {
      this.#change(act);
    });
    this.#listen();
    this.show(data);
  }

  show(data: Unpacked): void {
    this.#data = data;
    this.#change(() => undefined);
    const view = this.#view();
    fill(
      element('#configuration-table'),
      configurationsView(view, elementOf(HTMLInputElement, '#differences').checked),
    );
    const environments = [
      ...new Map(view.allGroups.map((g) => [g.environment, environmentName(g.runs[0]!)])).values(),
    ];
    const title = environments.length > 3 ? `${environments.length} environments` : environments.join(' · ');
    // Names of environments may break after an underscore.
    fill(element('h1'), html`${title.split(/(?<=_)/).map((part) => html`${part}<wbr />`)}`);
    document.title = `${title} · maddpg report`;
    const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
    element('#summary').textContent = [
      count(data.runs.length, 'run'),
      count(view.allGroups.length, 'group'),
      ...(data.every > 1 ? [`one record in ${data.every} shown`] : []),
    ].join(' · ');
    fill(element('#notes'), html`${repeatedSeeds(data.runs).map((line) => html`<p>${line}</p>`)}`);
  }

  #view(): View {
    return viewOf(this.#data, this.#state);
  }

  #change(act: (state: State) => void): void {
    act(this.#state);
    const view = this.#view();
    const { key, state } = view;
    const drawn = key === undefined ? [] : drawnGroups(view, key);
    showControls(view, allPositive(drawn));
    fill(element('#legend'), legend(view));
    this.#main.show(mainChart(view, drawn));
    const numbers = elementOf(HTMLDetailsElement, '#numbers');
    fill(element('.scroll', numbers), numbers.open ? numbersTable(view, drawn) : html``);
    const threshold = elementOf(HTMLInputElement, '#threshold');
    threshold.value = String(thresholdOf(view)?.shown ?? '');
    fill(element('#score-table'), scoresView(view));
    fill(element('#run-table'), runsView(view));
    this.#showComparison(view);
    this.#showSmall(view);
    element('#curves-title').textContent = metricTitle(state.base);
  }

  #showComparison(view: View): void {
    const comparison = comparisonOf(view);
    const { contestants, unit } = comparison;
    element('#comparison').hidden = contestants.length < 2;
    if (contestants.length < 2) return;
    const select = elementOf(HTMLSelectElement, '#better');
    const before = select.value;
    fill(
      select,
      html`${contestants.map(({ label, variant }) => html`<option value="${variant}">${label}</option>`)}`,
    );
    if ([...select.options].some(({ value }) => value === before)) select.value = before;
    element('#comparison-unit').textContent = unit;
    fill(element('#aggregate'), aggregateTable(comparison));
    fill(element('#improvement'), improvementTable(comparison, Number(select.value)));
    this.#profile.show(profileChart(comparison));
  }

  /** The other metrics, drawn when they come into sight. */
  #showSmall(view: View): void {
    const bases = metricBases(view.runs).filter((base) => base !== this.#state.base);
    const host = element('#signals');
    for (const base of bases) {
      if (this.#small.has(base)) continue;
      const figure = document.createElement('figure');
      figure.dataset['base'] = base;
      figure.innerHTML = html`<button type="button" data-metric="${base}" title="Show large">
          ${metricTitle(base)}
        </button>
        <div></div>`.text;
      host.append(figure);
      this.#small.set(
        base,
        new InteractiveChart(element('div', figure), `${metricTitle(base)}: arrow keys move the cursor`, {
          height: () => 170,
        }),
      );
      this.#observer.observe(figure);
    }
    for (const figure of host.querySelectorAll<HTMLElement>('figure')) {
      const { base = '' } = figure.dataset;
      figure.hidden = !bases.includes(base);
      if (figure.hidden || !this.#inSight.has(base)) continue;
      const own = viewOf(this.#data, {
        ...this.#state,
        base,
        who: '',
        zoom: null,
        normalised: this.#state.normalised && isReturn(base),
      });
      if (own.key === undefined) continue;
      // Of groups with own networks, the first.
      const of = own.state.who === '' ? '' : ` (${own.state.who})`;
      element('button', figure).textContent = metricTitle(base) + of;
      const id = `small-${[...this.#small.keys()].indexOf(base)}`;
      this.#small.get(base)!.show(smallChart(own, base, drawnGroups(own, own.key, FEW), id));
    }
  }

  #listen(): void {
    onClick(element('#legend'), 'button', ({ dataset }) => {
      this.#change(({ hidden }) => {
        const variant = Number(dataset['variant']);
        if (!hidden.delete(variant)) hidden.add(variant);
      });
      element(`#legend [data-variant="${dataset['variant']!}"]`).focus();
    });
    onClick(element('#signals'), '[data-metric]', ({ dataset }) => {
      this.#change((state) => {
        state.base = dataset['metric']!;
      });
      element('#curves').scrollIntoView();
      element('#chart .plot').focus({ preventScroll: true });
    });
    element('#numbers').addEventListener('toggle', () => {
      this.#change(() => undefined);
    });
    element('#differences').addEventListener('change', () => {
      this.show(this.#data);
    });
    element('#better').addEventListener('change', () => {
      this.#showComparison(this.#view());
    });
  }
}

startThemeButton();
const players = new PlayerPanel();
let report: Report | undefined;

/** Without runs, which a watched folder may get later, the page says so and shows nothing else. */
async function show({ data, players: found }: News): Promise<void> {
  const unpacked = await unpack(data);
  const isEmpty = unpacked.runs.length === 0;
  players.show(found);
  if (isEmpty) element('#summary').textContent = 'no runs yet';
  else if (report) report.show(unpacked);
  else report = new Report(unpacked);
  element('main').hidden = isEmpty;
}

await show({
  data: element('#data').textContent,
  players: JSON.parse(element('#players').textContent) as News['players'],
});
document.documentElement.dataset['ready'] = 'true';

// `maddpg report --watch` hands over new data.
document.addEventListener('report-data', (event) => {
  void show((event as CustomEvent<News>).detail);
});
