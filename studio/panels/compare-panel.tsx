/** Comparing with an earlier moment: a slider through the training, both worlds from the same start. */
import type { Studio } from '../studio.ts';
import { whole } from '../words.ts';

export function ComparePanel({ studio }: { studio: Studio }) {
  const { history, past, pastStep } = studio;
  const { moments } = history;
  const at = Math.max(
    0,
    moments.findIndex(({ step }) => step >= pastStep),
  );
  return (
    <details
      class="panel"
      open={past !== null}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open !== (studio.past !== null))
          studio.compare(currentTarget.open ? studio.pastStep : null);
      }}
    >
      <summary>Compare with an earlier moment</summary>
      <label class="slider">
        <span>Then: step {whole(pastStep)}</span>
        <input
          type="range"
          min={0}
          max={Math.max(0, moments.length - 1)}
          value={at}
          aria-label="Earlier moment"
          aria-valuetext={`step ${whole(pastStep)}`}
          onInput={({ currentTarget }) => {
            studio.compare(moments[Number(currentTarget.value)]!.step);
          }}
        />
      </label>
      <p class="note">Both worlds begin each episode in the same state. What you drag moves in both.</p>
    </details>
  );
}
