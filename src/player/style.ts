/** The player's style sheet. Everything is below `.maddpg-player`, so that it can stand in any page, light or dark. */
export const PLAYER_STYLE = `
.maddpg-player {
  --mp-dark: 0; --mp-ground: #fff; --mp-panel: #f6f7f9; --mp-text: #1f2430; --mp-faint: #596172; --mp-rule: #dfe2e8;
  --mp-accent: #2f5fc4; --mp-on-accent: #fff;
  --mp-0: #2f6fd0; --mp-1: #d9480f; --mp-2: #15803d; --mp-3: #9333ea; --mp-4: #7a4a1e; --mp-5: #0891a5; --mp-6: #d6249f; --mp-7: #1f2430;
  color: var(--mp-text); background: var(--mp-ground); font: 14px/1.45 system-ui, sans-serif; container-type: inline-size;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) .maddpg-player {
    --mp-dark: 1; --mp-ground: #161921; --mp-panel: #1e222d; --mp-text: #e7eaf0; --mp-faint: #a3abbc; --mp-rule: #343a48;
    --mp-accent: #8fb1ff; --mp-on-accent: #10131a;
    --mp-0: #6ea8ff; --mp-1: #ff8a3d; --mp-2: #4fd06f; --mp-3: #b57bff; --mp-4: #f7e06a; --mp-5: #5fe0e6; --mp-6: #ff86c8; --mp-7: #e7eaf0;
  }
}
:root[data-theme="dark"] .maddpg-player {
  --mp-dark: 1; --mp-ground: #161921; --mp-panel: #1e222d; --mp-text: #e7eaf0; --mp-faint: #a3abbc; --mp-rule: #343a48;
  --mp-accent: #8fb1ff; --mp-on-accent: #10131a;
  --mp-0: #6ea8ff; --mp-1: #ff8a3d; --mp-2: #4fd06f; --mp-3: #b57bff; --mp-4: #f7e06a; --mp-5: #5fe0e6; --mp-6: #ff86c8; --mp-7: #e7eaf0;
}
.maddpg-player * { box-sizing: border-box; }
.maddpg-player [hidden] { display: none; }
.maddpg-player header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 14px; margin: 0 0 12px; }
.maddpg-player h2 { margin: 0; font-size: 20px; font-weight: 650; letter-spacing: -0.01em; }
.maddpg-player header p { margin: 0; color: var(--mp-faint); overflow-wrap: anywhere; }
.mp-main { display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr); }
@container (min-width: 900px) { .mp-main { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 28px; } }
.mp-stage, .mp-data { min-width: 0; }
.mp-world {
  display: block; width: min(100%, 78vh); min-width: min(100%, 320px); aspect-ratio: 1; margin: 0 auto;
  background: var(--mp-ground); border: 1px solid var(--mp-rule); border-radius: 10px;
}
.mp-world text { font-family: system-ui, sans-serif; font-weight: 550; }
.mp-trail { stroke-linecap: round; }
.mp-undrawn { margin: 0; padding: 28px 16px; text-align: center; color: var(--mp-faint); background: var(--mp-panel); border-radius: 10px; }
.mp-controls, .mp-choices { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; margin-top: 12px; }
.mp-choices { gap: 8px 16px; }
.mp-choices label { display: inline-flex; align-items: center; gap: 6px; color: var(--mp-faint); }
.maddpg-player button, .maddpg-player select {
  min-height: 36px; padding: 0 10px; font: inherit; color: var(--mp-text); background: var(--mp-panel);
  border: 1px solid var(--mp-rule); border-radius: 8px; cursor: pointer;
}
.maddpg-player button { min-width: 40px; }
.maddpg-player button:hover, .maddpg-player select:hover { border-color: var(--mp-accent); }
.maddpg-player button[aria-label="Play"], .maddpg-player button[aria-label="Pause"] {
  min-width: 72px; font-weight: 600; color: var(--mp-on-accent); background: var(--mp-accent); border-color: var(--mp-accent);
}
.maddpg-player :focus-visible { outline: 2px solid var(--mp-accent); outline-offset: 2px; }
.maddpg-player input { accent-color: var(--mp-accent); margin: 0; }
.maddpg-player input[type="range"] { flex: 1 1 120px; min-width: 80px; height: 36px; }
.maddpg-player input[type="checkbox"] { width: 18px; height: 18px; }
.mp-status { min-width: 9em; text-align: right; color: var(--mp-faint); font-variant-numeric: tabular-nums; }
.mp-data figure { margin: 0 0 16px; }
.mp-data figcaption { margin-bottom: 4px; font-weight: 600; }
.mp-curves { display: block; width: 100%; cursor: crosshair; touch-action: pan-y; }
.mp-curves text { fill: var(--mp-faint); font-size: 12px; font-variant-numeric: tabular-nums; }
.mp-tick { stroke: var(--mp-rule); }
.mp-cursor { stroke: var(--mp-text); stroke-dasharray: 3 3; }
.mp-line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke: var(--mp-line); }
.mp-dot { fill: var(--mp-line); stroke: var(--mp-ground); stroke-width: 1.5; }
.mp-line-0 { --mp-line: var(--mp-0); } .mp-line-1 { --mp-line: var(--mp-1); } .mp-line-2 { --mp-line: var(--mp-2); }
.mp-line-3 { --mp-line: var(--mp-3); } .mp-line-4 { --mp-line: var(--mp-4); } .mp-line-5 { --mp-line: var(--mp-5); }
.mp-line-6 { --mp-line: var(--mp-6); } .mp-line-7 { --mp-line: var(--mp-7); }
.mp-legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 2px 0 0; padding-left: 54px; color: var(--mp-faint); font-size: 13px; }
.mp-swatch { display: inline-block; width: 12px; height: 3px; margin-right: 6px; border-radius: 2px; vertical-align: middle; background: var(--mp-line); }
.mp-numbers { overflow-x: auto; border: 1px solid var(--mp-rule); border-radius: 10px; }
.mp-numbers table { width: 100%; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
.mp-numbers th, .mp-numbers td { padding: 6px 12px; text-align: right; white-space: pre; font-weight: 400; vertical-align: top; }
.mp-numbers .mp-observation { white-space: pre-wrap; min-width: 22em; text-align: left; }
.maddpg-player button svg { display: block; margin: 0 auto; fill: currentColor; }
.mp-numbers thead th { color: var(--mp-faint); background: var(--mp-panel); }
.mp-numbers th:first-child { text-align: left; }
.mp-numbers tbody tr { border-top: 1px solid var(--mp-rule); }
.mp-keys { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 18px 0 0; color: var(--mp-faint); font-size: 13px; }
.maddpg-player kbd { padding: 1px 6px; font: inherit; font-size: 12px; color: var(--mp-text); background: var(--mp-panel); border: 1px solid var(--mp-rule); border-radius: 5px; }
@media (hover: none) { .mp-keys { display: none; } }
`;
