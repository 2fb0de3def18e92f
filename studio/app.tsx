/** The page: the world, its controls, the curve, and what is folded away. */
import { AgentPanel } from './panels/agent-panel.tsx';
import { ChoosePanel } from './panels/choose-panel.tsx';
import { ComparePanel } from './panels/compare-panel.tsx';
import { Controls } from './panels/controls.tsx';
import { Curve } from './panels/curve.tsx';
import { FilesPanel } from './panels/files-panel.tsx';
import { Header } from './panels/header.tsx';
import { Pad } from './panels/pad.tsx';
import { Readouts } from './panels/readouts.tsx';
import { WorldView } from './panels/world-view.tsx';
import type { Studio } from './studio.ts';
import { useStudio } from './use-studio.ts';
import { ABOUT, scenarioName } from './words.ts';

export function App({ studio }: { studio: Studio }) {
  useStudio(studio);
  const { config, faults } = studio;
  const lines = [...faults, ...studio.training.faults];
  return (
    <>
      <Header studio={studio} />
      {lines.length > 0 && (
        <div class="faults" role="alert">
          {lines.map((line) => (
            <p key={line}>{line}</p>
          ))}
          {faults.length > 0 && (
            <button
              type="button"
              onClick={() => {
                studio.set({ faults: [] });
              }}
            >
              Close
            </button>
          )}
        </div>
      )}
      <main>
        <section class="world" aria-label="World">
          <WorldView studio={studio} />
          {studio.stage.steered && <Pad studio={studio} />}
          <Controls studio={studio} />
        </section>
        <section class="side" aria-label="Training">
          <h1>{scenarioName(config.env_id)}</h1>
          <p class="about">{ABOUT[config.env_id] ?? ''}</p>
          <Curve studio={studio} />
          <Readouts studio={studio} />
          <AgentPanel studio={studio} />
          <ComparePanel studio={studio} />
          <ChoosePanel studio={studio} />
          <FilesPanel studio={studio} />
        </section>
      </main>
    </>
  );
}
