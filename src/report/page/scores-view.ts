/** The table of scores. */
import { duration, precise, short } from '../axis.ts';
import { html, type Html } from '../html.ts';
import { scoreTable, type ScoreRow } from '../scores.ts';
import { thresholdOf, whoText, type View } from './state.ts';
import { intervalBar, spanOf, type Span } from './interval-bar.ts';

export function scoresView(view: View): Html {
  const { scoreKey, scale, state } = view;
  if (scoreKey === undefined) return html`<p>No run has been evaluated yet.</p>`;
  const threshold = thresholdOf(view);
  const rows = scoreTable(view.groups, { key: scoreKey, scale, threshold: threshold?.own });
  if (rows.length === 0) return html`<p>No run has been evaluated yet.</p>`;
  const span = spanOf(rows.flatMap(({ worst, best }) => [worst, best]));
  const unit = scale ? 'normalised: random policy 0, scripted controller 1' : whoText(state.who);
  return html`<p class="quiet">Last test return of each run (${unit})</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Scores">
      <table>
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col" class="number">Runs</th>
            <th scope="col" class="number">IQM</th>
            <th scope="col" class="number">95 % interval</th>
            <th scope="col"><span class="unseen">Worst, interval, IQM and best, drawn</span></th>
            <th scope="col" class="number">Worst</th>
            <th scope="col" class="number">Best</th>
            ${scale !== undefined && html`<th scope="col" class="number">Gap to 1</th>`}
            <th scope="col" class="number">Steps to ${short(threshold?.shown ?? NaN)}</th>
            <th scope="col" class="number">Time</th>
            <th scope="col" class="number">Runs that reached it</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => scoreRow(row, span, scale !== undefined))}
        </tbody>
      </table>
    </div>`;
}

function scoreRow(
  { group, runs, iqm, interval, worst, best, gap, reached }: ScoreRow,
  span: Span,
  hasGap: boolean,
): Html {
  const color = `var(--c${group.variant % 8})`;
  return html`<tr>
    <th scope="row"><i class="swatch" style="background:${color}"></i>${group.label}</th>
    <td>${runs}</td>
    <td><b>${precise(iqm)}</b></td>
    <td>${interval ? `${precise(interval[0])} to ${precise(interval[1])}` : '–'}</td>
    <td>${intervalBar({ at: iqm, interval, ends: [worst, best], color }, span)}</td>
    <td>${precise(worst)}</td>
    <td>${precise(best)}</td>
    ${hasGap && html`<td>${gap === null ? '–' : precise(gap)}</td>`}
    <td>${reached ? short(reached.steps) : '–'}</td>
    <td>${reached ? duration(reached.seconds) : '–'}</td>
    <td>${reached ? reached.runs : 0} of ${runs}</td>
  </tr>`;
}
