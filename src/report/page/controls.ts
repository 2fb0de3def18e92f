/** The controls above the large chart. */
import { environmentName } from '../groups.ts';
import { html, type Html } from '../html.ts';
import { measuredOf, metricBases, metricTitle } from '../metric-names.ts';
import { element, elementOf, fill } from './elements.ts';
import { isReturn, whoText, type State, type View } from './state.ts';

/** Shows the state in the controls, and offers what the runs have. */
export function showControls(view: View, canLogY: boolean): void {
  const { state, runs, allGroups, possibleScale } = view;
  const environments = new Map(
    allGroups.map((group) => [group.environment, environmentName(group.runs[0]!)]),
  );
  const choose = (id: string, now: string, choices: readonly (readonly [string, string])[]): void => {
    const select = elementOf(HTMLSelectElement, id);
    fill(
      select,
      html`${choices.map(([value, text]): Html => html`<option value="${value}">${text}</option>`)}`,
    );
    select.value = now;
    select.parentElement!.hidden = choices.length < 2;
  };
  choose('#environment', state.environment, [...environments]);
  choose(
    '#metric',
    state.base,
    metricBases(runs).map((base) => [base, metricTitle(base)]),
  );
  choose(
    '#who',
    state.who,
    measuredOf(runs, state.base).map((who) => [who, whoText(who)]),
  );
  const check = (id: string, on: boolean, possible: boolean, why: string): void => {
    const box = elementOf(HTMLInputElement, id);
    box.checked = on && possible;
    box.disabled = !possible;
    box.parentElement!.title = possible ? '' : why;
  };
  const noScale = isReturn(state.base)
    ? 'needs an environment with a scripted controller that beats the random policy'
    : 'for returns';
  check('#normalised', state.normalised, possibleScale !== undefined && isReturn(state.base), noScale);
  check('#log-y', state.logY, canLogY, 'needs values above 0');
  check('#log-x', state.logX, true, '');
  check('#show-runs', state.showRuns, true, '');
  elementOf(HTMLInputElement, '#smoothing').value = String(state.smoothing);
  element('#smoothing-text').textContent = state.smoothing.toFixed(2);
  elementOf(HTMLInputElement, `#along-${state.along}`).checked = true;
  element('#unzoom').hidden = state.zoom === null;
}

/** Calls `change` with what the reader changes; a new metric or axis ends the zoom. */
export function listenToControls(change: (act: (state: State) => void) => void): void {
  const on = <E extends HTMLElement>(
    kind: new () => E,
    id: string,
    act: (state: State, input: E) => void,
    event = 'change',
  ): void => {
    const input = elementOf(kind, id);
    input.addEventListener(event, () => {
      change((state) => {
        act(state, input);
      });
    });
  };
  on(HTMLSelectElement, '#environment', (state, { value }) => {
    state.environment = value;
    state.zoom = state.threshold = null;
  });
  on(HTMLSelectElement, '#metric', (state, { value }) => {
    state.base = value;
  });
  on(HTMLSelectElement, '#who', (state, { value }) => {
    state.who = value;
    state.threshold = null;
  });
  for (const along of ['step', 'wall_s'] as const)
    on(HTMLInputElement, `#along-${along}`, (state) => {
      state.along = along;
      state.zoom = null;
    });
  on(
    HTMLInputElement,
    '#smoothing',
    (state, { value }) => {
      state.smoothing = Number(value);
    },
    'input',
  );
  on(HTMLInputElement, '#log-x', (state, { checked }) => {
    state.logX = checked;
  });
  on(HTMLInputElement, '#log-y', (state, { checked }) => {
    state.logY = checked;
  });
  on(HTMLInputElement, '#normalised', (state, { checked }) => {
    state.normalised = checked;
    state.threshold = null;
  });
  on(HTMLInputElement, '#show-runs', (state, { checked }) => {
    state.showRuns = checked;
  });
  on(HTMLInputElement, '#threshold', (state, { value }) => {
    state.threshold = value === '' || !Number.isFinite(Number(value)) ? null : Number(value);
  });
  on(
    HTMLButtonElement,
    '#unzoom',
    (state) => {
      state.zoom = null;
    },
    'click',
  );
}
