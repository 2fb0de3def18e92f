/** The pad below the world, for fingers that steer an agent. */
import type { Studio } from '../studio.ts';

export function Pad({ studio }: { studio: Studio }) {
  const arrow = (label: string, sign: string, x: number, y: number) => (
    <button
      type="button"
      class={`arrow ${label}`}
      aria-label={label}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        studio.push(x, y);
      }}
      onPointerUp={() => {
        studio.push(0, 0);
      }}
      onPointerCancel={() => {
        studio.push(0, 0);
      }}
      onContextMenu={(event) => {
        event.preventDefault();
      }}
    >
      {sign}
    </button>
  );
  return (
    <div class="pad" role="group" aria-label="Steer">
      {arrow('up', '↑', 0, 1)}
      {arrow('left', '←', -1, 0)}
      {arrow('down', '↓', 0, -1)}
      {arrow('right', '→', 1, 0)}
    </div>
  );
}
