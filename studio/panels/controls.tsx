/** The row below the world: training on and off, one step, again; speed of world and training. */
import { PACE, type Studio } from '../studio.ts';
import { brief } from '../words.ts';

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];
const PACES: readonly (readonly [number, string])[] = [
  [Infinity, 'full speed'],
  [2000, '2,000 / s'],
  [500, '500 / s'],
  [100, '100 / s'],
];

export function Controls({ studio }: { studio: Studio }) {
  const { training, speed, stage } = studio;
  const { standing } = training;
  const resting = standing === 'paused';
  const over = standing === 'ended' || standing === 'failed';
  return (
    <div class="controls" role="group" aria-label="Controls">
      {over ? (
        <>
          {standing === 'ended' && (
            <button type="button" class="main" onClick={() => void studio.trainOn()}>
              Train on
            </button>
          )}
          <button
            type="button"
            class={standing === 'ended' ? '' : 'main'}
            onClick={() => {
              studio.restart();
            }}
          >
            Train again
          </button>
        </>
      ) : (
        <button
          type="button"
          class="main"
          onClick={() => {
            studio.toggle();
          }}
        >
          {resting ? 'Train' : 'Pause'}
        </button>
      )}
      <button
        type="button"
        disabled={over}
        title="One step of training in every environment"
        onClick={() => {
          training.one();
          studio.changed();
        }}
      >
        Step
      </button>
      {!over && (
        <button
          type="button"
          title="Forget everything and train from the start"
          onClick={() => {
            studio.restart();
          }}
        >
          Restart
        </button>
      )}
      <span class="gap" />
      <label class="speed" title={`${brief(PACE * speed)} world steps a second`}>
        World
        <input
          type="range"
          min={0}
          max={SPEEDS.length - 1}
          value={SPEEDS.indexOf(speed)}
          aria-label="Speed of the world"
          aria-valuetext={`${speed} times`}
          onInput={({ currentTarget }) => {
            studio.set({ speed: SPEEDS[Number(currentTarget.value)]! });
          }}
        />
        <output>{speed < 1 ? `1/${1 / speed}` : `${speed}×`}</output>
      </label>
      <label class="pace">
        Training
        <select
          aria-label="Speed of training"
          onChange={({ currentTarget }) => {
            studio.setPace(PACES[currentTarget.selectedIndex]![0]);
          }}
        >
          {PACES.map(([pace, text]) => (
            <option key={text} selected={pace === studio.pace}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <div class="agents" role="group" aria-label="Agents">
        {stage.env.spec.agents.map(({ name }, i) => (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={studio.chosen === i}
            onClick={() => {
              studio.set({ chosen: studio.chosen === i ? null : i });
            }}
          >
            {name.replaceAll('_', ' ')}
          </button>
        ))}
        <label class="check">
          <input
            type="checkbox"
            checked={studio.names}
            onChange={({ currentTarget }) => {
              studio.set({ names: currentTarget.checked });
            }}
          />
          names
        </label>
      </div>
    </div>
  );
}
