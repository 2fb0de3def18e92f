/** The style sheet of a report's page. */
export const STYLE = `
:root {
  color-scheme: light;
  --page: #f6f7f9; --panel: #ffffff; --text: #1f2328; --muted: #59636e; --grid: #e6e9ed; --line: #d5dae0;
  --accent: #0b62c4; --mark: #fff4d6; --shadow: 0 1px 2px #1f23280d, 0 4px 16px #1f23280a;
  --c0: #0b62c4; --c1: #b84a00; --c2: #1a7f37; --c3: #8250df; --c4: #bf3989; --c5: #0a7480; --c6: #8a6100; --c7: #57606a;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme='light']) { DARK } }
:root[data-theme='dark'] { DARK }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: clamp(16px, 3vw, 40px); max-width: 1280px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
[hidden] { display: none !important; }
header { display: flex; gap: 16px; align-items: flex-start; justify-content: space-between; margin-bottom: 20px; }
h1 { margin: 0; font-size: clamp(21px, 3.4vw, 30px); line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; overflow-wrap: break-word; min-width: 0; }
header > div { min-width: 0; }
h2 { margin: 0 0 12px; font-size: 17px; font-weight: 620; }
h3 { margin: 0 0 8px; font-size: 14px; font-weight: 600; color: var(--text); }
p { margin: 0 0 8px; }
.quiet, small { color: var(--muted); font-size: 13px; font-weight: 400; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); padding: clamp(14px, 2vw, 24px); margin-bottom: 20px; }
button, select, input { font: inherit; color: inherit; }
button, select, input[type='number'] {
  background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 5px 10px; min-height: 34px;
}
button { cursor: pointer; }
button:hover, select:hover { border-color: var(--muted); }
select { min-width: 0; max-width: 100%; text-overflow: ellipsis; }
header button { flex: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 8px; }
input { accent-color: var(--accent); }
.controls { display: flex; flex-wrap: wrap; gap: 10px 18px; align-items: center; margin-bottom: 14px; font-size: 14px; }
.controls label { display: inline-flex; align-items: center; gap: 6px; color: var(--muted); }
.controls label:has(:disabled) { opacity: 0.55; }
.controls fieldset { border: 0; margin: 0; padding: 0; display: inline-flex; gap: 2px; background: var(--page); border-radius: 9px; padding: 2px; }
.controls fieldset label { padding: 4px 11px; border-radius: 7px; cursor: pointer; }
.controls fieldset label:has(:checked) { background: var(--panel); color: var(--text); box-shadow: 0 1px 2px #0003; }
.controls fieldset label:has(:focus-visible) { outline: 2px solid var(--accent); }
.controls fieldset input { position: absolute; opacity: 0; }
.pair { display: inline-flex; align-items: center; gap: 6px; max-width: 100%; }
#smoothing { width: 110px; }
#smoothing-text { min-width: 2.4em; font-variant-numeric: tabular-nums; }
#threshold { width: 110px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 6px; margin: 0 0 10px; }
.legend button { display: inline-flex; align-items: center; gap: 8px; border-color: transparent; text-align: left; padding: 3px 9px; font-size: 14px; }
.legend button:hover { background: var(--page); }
.legend button[aria-pressed='false'] { opacity: 0.5; text-decoration: line-through; }
.legend svg { flex: none; }
.plot { position: relative; touch-action: pan-y; border-radius: 8px; }
.plot svg { display: block; max-width: 100%; }
.cursor, .range, .dots i, .tip { position: absolute; pointer-events: none; }
.cursor { width: 1px; background: var(--muted); opacity: 0.6; }
.range { background: var(--accent); opacity: 0.12; }
.dots i { width: 9px; height: 9px; margin: -4.5px; border-radius: 50%; border: 2px solid var(--panel); }
.tip {
  background: var(--panel); border: 1px solid var(--line); border-radius: 9px; box-shadow: 0 4px 18px #0000002e; padding: 8px 11px; z-index: 2;
  font-size: 13px; max-width: min(420px, 92%); font-variant-numeric: tabular-nums;
}
.tip > b { display: block; margin-bottom: 3px; }
.tip .row { display: grid; grid-template-columns: 10px minmax(0, 1fr) auto; gap: 7px; align-items: baseline; }
.tip .row b { font-weight: 560; white-space: nowrap; }
.tip .row i { width: 9px; height: 9px; border-radius: 50%; }
.tip .row span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--muted); }
.said, .unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scroll { overflow-x: auto; position: relative; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--muted); font-size: 14px; width: fit-content; }
details .scroll { max-height: 420px; overflow: auto; margin-top: 8px; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; min-width: 100%; }
th, td { padding: 7px 12px; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; font-weight: 400; }
th:first-child, td:first-child { padding-left: 2px; text-align: left; }
tbody th { white-space: normal; min-width: min(180px, 36vw); }
thead th { color: var(--muted); font-size: 13px; vertical-align: bottom; }
thead th:not(.number) { text-align: left; }
details thead th { position: sticky; top: 0; background: var(--panel); text-align: right; }
tbody tr:last-child > * { border-bottom: 0; }
td b { font-weight: 640; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; }
.bar { display: block; }
.keys td { text-align: left; }
.keys th[scope='row'] { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: 13px; position: sticky; left: 0; background: var(--panel); }
.keys td { max-width: 320px; overflow: hidden; text-overflow: ellipsis; }
.keys small { display: block; }
.keys .differs > * { background: var(--mark); }
.keys .differs th { box-shadow: inset 3px 0 var(--accent); padding-left: 10px; }
.two { display: grid; gap: 28px; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 900px) { .two { grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); } }
#aggregate:not(:empty) { margin-bottom: 22px; }
#signals { display: grid; gap: 22px 26px; grid-template-columns: repeat(auto-fill, minmax(min(270px, 100%), 1fr)); }
figure { margin: 0; min-width: 0; }
figure button { border-color: transparent; padding: 2px 6px; margin-left: -6px; font-size: 14px; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
figure button:hover { color: var(--accent); }
figure > div { min-height: 170px; }
footer { color: var(--muted); font-size: 13px; padding: 4px 2px 12px; }
@media (max-width: 560px) {
  .legend button { padding: 1px 5px; min-height: 28px; font-size: 13px; }
  .legend { gap: 2px; }
  th, td { padding: 6px 9px; }
  section { border-radius: 10px; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print { #theme, .controls, summary { display: none; } body { background: none; } section { box-shadow: none; break-inside: avoid; } }
`.replaceAll(
  'DARK',
  `color-scheme: dark;
  --page: #0d1117; --panel: #161b22; --text: #e6edf3; --muted: #9aa6b2; --grid: #262c34; --line: #30363d;
  --accent: #58a6ff; --mark: #2d2713; --shadow: none;
  --c0: #58a6ff; --c1: #f0883e; --c2: #4ac26b; --c3: #b78aff; --c4: #f778ba; --c5: #39c5cf; --c6: #d8a72a; --c7: #a3adb8;`,
);
