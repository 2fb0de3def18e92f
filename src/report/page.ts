/**
 * The page of a report: one HTML file with style, script and data inside. Its content security policy forbids it to
 * load anything. The script is page/main.ts, which the build bundles.
 */
import { readFileSync } from 'node:fs';
import { VERSION } from '../version.ts';
import { Html, html } from './html.ts';
import { pack } from './packing.ts';
import { packPlayers, type Players } from './players.ts';
import type { ReportData } from './run.ts';
import { STYLE } from './style.ts';

/** The bundle, which only the build makes. */
const SCRIPT = new URL('../../dist/report/page/bundle.js', import.meta.url);

const NO_NETWORK =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

export interface PageOptions {
  readonly players?: Players;
  /** A script that feeds the page with news from its own server. */
  readonly live?: string;
}

export function reportPage(data: ReportData, { players, live }: PageOptions = {}): string {
  const policy = live === undefined ? NO_NETWORK : `${NO_NETWORK}; connect-src 'self'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="generator" content="maddpg ${VERSION}" />
        <title>maddpg report</title>
        <style>
          ${new Html(STYLE)} ${players && new Html(players.style)}
        </style>
      </head>
      <body>
        <header>
          <div>
            <h1>maddpg report</h1>
            <p class="quiet" id="summary">${data.runs.length} runs</p>
            <div class="quiet" id="notes"></div>
          </div>
          <button type="button" id="theme">Theme: auto</button>
        </header>
        <noscript><p>This report draws its charts with JavaScript, which is switched off.</p></noscript>
        <main hidden>${new Html(BODY)}</main>
        <footer>
          Thin lines are runs, thick lines interquartile means (IQM), bands 95&nbsp;% stratified bootstrap
          intervals. maddpg ${VERSION}
        </footer>
        <script type="text/plain" id="data">
          ${new Html(pack(data))}
        </script>
        <script type="application/json" id="players">
          ${new Html(inScript(JSON.stringify(packPlayers(players?.of ?? new Map()))))}
        </script>
        ${players && new Html(`<script type="module">${inScript(players.script)}</script>`)}
        <script type="module">
          ${new Html(inScript(readFileSync(SCRIPT, 'utf8')))};
        </script>
        ${live !== undefined && new Html(`<script>${live}</script>`)}
      </body>
    </html> `.text;
}

/** In HTML, a script ends at the first end tag, wherever it stands. */
function inScript(script: string): string {
  return script.replaceAll('</script', String.raw`<\/script`);
}

const BODY = `
<section id="curves" aria-labelledby="curves-title">
<h2 id="curves-title">Test return</h2>
<div class="controls">
<span class="pair"><label for="environment">Environment</label><select id="environment"></select></span>
<span class="pair"><label for="metric">Metric</label><select id="metric"></select></span>
<span class="pair"><label for="who">Of</label><select id="who"></select></span>
<fieldset aria-label="Along"><label><input type="radio" name="along" id="along-step">Steps</label><label><input type="radio" name="along" id="along-wall_s">Seconds</label></fieldset>
<label>Smoothing <input type="range" id="smoothing" min="0" max="0.99" step="0.01"><span id="smoothing-text"></span></label>
<label><input type="checkbox" id="show-runs">Runs</label>
<label><input type="checkbox" id="normalised">Normalised</label>
<label><input type="checkbox" id="log-x">Log x</label>
<label><input type="checkbox" id="log-y">Log y</label>
<button type="button" id="unzoom">Whole range</button>
</div>
<div class="legend" id="legend" role="group" aria-label="Groups: press to hide or show"></div>
<div id="chart"></div>
<p class="quiet">Drag to zoom, double-click to see all. With the keyboard: arrows move the cursor, + and − zoom, Escape shows all.</p>
<details id="numbers"><summary>Numbers</summary><div class="scroll" tabindex="0" role="region" aria-label="Numbers of the chart"></div></details>
</section>
<section aria-labelledby="scores-title">
<h2 id="scores-title">Scores</h2>
<div id="score-table"></div>
<div class="controls" style="margin:14px 0 0"><label>Threshold <input type="number" id="threshold" step="any"></label></div>
</section>
<section id="comparison" aria-labelledby="comparison-title">
<h2 id="comparison-title">Comparison</h2>
<p class="quiet" id="comparison-unit"></p>
<div id="aggregate"></div>
<div class="two">
<div><h3>Performance profile</h3><div id="profile"></div></div>
<div><h3>Probability of improvement</h3><div class="controls"><span class="pair"><label for="better">Probability that a run of</label><select id="better"></select> beats one of each group below</span></div><div id="improvement"></div></div>
</div>
</section>
<section aria-labelledby="signals-title"><h2 id="signals-title">Other metrics</h2><div id="signals"></div></section>
<section aria-labelledby="runs-title"><h2 id="runs-title">Runs</h2><div id="run-table"></div></section>
<section id="players-section" aria-labelledby="players-title"><h2 id="players-title">Last evaluation episode</h2>
<div class="controls"><span class="pair"><label for="watched">Run</label><select id="watched"></select></span></div>
<p class="quiet" id="no-player"></p><div id="player"></div>
</section>
<section aria-labelledby="configurations-title">
<h2 id="configurations-title">Configurations</h2>
<div class="controls"><label><input type="checkbox" id="differences" checked>Only keys that differ</label></div>
<div id="configuration-table"></div>
</section>
`;
