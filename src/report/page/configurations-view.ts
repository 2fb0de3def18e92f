/** The configurations of all groups side by side, and the list of runs. */
import { duration, precise, short } from '../axis.ts';
import { pointsOf } from '../curves.ts';
import { differingKeys, environmentName, textOf } from '../groups.ts';
import { html, type Html } from '../html.ts';
import { metricKey, TEST_RETURN } from '../metric-names.ts';
import type { Run } from '../run.ts';
import type { View } from './state.ts';

/** One column per group, keys that differ marked; a key that differs within a group shows all its values. */
export function configurationsView({ allGroups, data }: View, onlyDifferences: boolean): Html {
  const differing = new Set(differingKeys(data.runs));
  const all = [...new Set(data.runs.flatMap(({ keys }) => Object.keys(keys)))];
  const keys = onlyDifferences ? all.filter((key) => differing.has(key)) : all;
  const values = (runs: readonly Run[], key: string): string =>
    [...new Set(runs.map((run) => textOf(run.keys[key])))].join(', ');
  if (keys.length === 0)
    return html`<p>
      ${data.runs.length === 1 ? 'One run: nothing to compare.' : 'The runs differ only in their seeds.'}
    </p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Configurations">
    <table class="keys">
      <thead>
        <tr>
          <th scope="col">Key</th>
          ${allGroups.map(
            ({ label, variant, runs }) =>
              html`<th scope="col">
                <i class="swatch" style="background:var(--c${variant % 8})"></i>${label}<small
                  >${environmentName(runs[0]!)}</small
                >
              </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${keys.map(
          (key) =>
            html`<tr class="${differing.has(key) ? 'differs' : ''}">
              <th scope="row">${key}${differing.has(key) && html`<span class="unseen"> (differs)</span>`}</th>
              ${allGroups.map(({ runs }) => html`<td>${values(runs, key)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Every run with its seed, how far it is, and its returns. */
export function runsView({ groups }: View): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Runs">
    <table>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col" class="number">Seed</th>
          <th scope="col" class="number">Steps</th>
          <th scope="col" class="number">Time</th>
          <th scope="col" class="number">Last test return</th>
          <th scope="col" class="number">Best test return</th>
        </tr>
      </thead>
      <tbody>
        ${groups.flatMap(({ variant, runs }) => runs.map((run) => runRow(run, variant)))}
      </tbody>
    </table>
  </div>`;
}

function runRow(run: Run, variant: number): Html {
  const key = metricKey([run], { base: TEST_RETURN, who: '' }) ?? TEST_RETURN;
  const { y } = pointsOf(run, key, 'step');
  const last = y.at(-1);
  return html`<tr>
    <th scope="row">
      <i class="swatch" style="background:var(--c${variant % 8})"></i
      ><span title="${run.path}">${run.name}</span>
    </th>
    <td>${textOf(run.keys['seed'])}</td>
    <td>${short(run.metrics['step']!.at(-1)!)}</td>
    <td>${duration(run.metrics['wall_s']!.at(-1)!)}</td>
    <td>${last === undefined ? '–' : precise(last)}</td>
    <td>${last === undefined ? '–' : precise(y.reduce((a, b) => Math.max(a, b)))}</td>
  </tr>`;
}
