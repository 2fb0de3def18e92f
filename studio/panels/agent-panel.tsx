/** The chosen agent: what it sees, what it does and says, and taking it over. */
import type { Studio } from '../studio.ts';
import { columnsOf } from './sight.ts';
import { short } from '../words.ts';

const MOVES = ['stay', 'left', 'right', 'down', 'up'];

export function AgentPanel({ studio }: { studio: Studio }) {
  const { stage, chosen } = studio;
  if (chosen === null)
    return <p class="hint">Drag an agent or a landmark. Click an agent to see what it sees.</p>;
  const { spec, obs } = stage.env;
  const { name, obsWidth, actWidth, actionKind } = spec.agents[chosen]!;
  const seen = obs.subarray(spec.obsOffsets[chosen], spec.obsOffsets[chosen]! + obsWidth);
  const does = stage.actions.subarray(spec.actOffsets[chosen], spec.actOffsets[chosen]! + actWidth);
  const steered = stage.steered?.agent === chosen;
  return (
    <section class="agent" aria-label={name}>
      <h2>
        {name.replaceAll('_', ' ')}
        {stage.canMove(chosen) && (
          <button
            type="button"
            aria-pressed={steered}
            onClick={() => {
              studio.steer(steered ? null : chosen);
            }}
          >
            {steered ? 'Give back' : 'Take over'}
          </button>
        )}
      </h2>
      <dl class="pairs">
        <div>
          <dt>reward</dt>
          <dd>{short(stage.env.rewards[chosen])}</dd>
        </div>
        <div>
          <dt>does</dt>
          <dd>{actionText(does, actionKind, stage.canMove(chosen))}</dd>
        </div>
      </dl>
      <h3>It sees</h3>
      <dl class="pairs sees">
        {columnsOf(stage, chosen).map(({ what, at }) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{at.map((k) => short(seen[k])).join(', ')}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function actionText(own: Float32Array, kind: 'box' | 'discrete', moves: boolean): string {
  if (kind === 'discrete') {
    const choice = own.indexOf(Math.max(...own));
    if (!moves) return `says ${letter(choice)}`;
    const said = own.length > MOVES.length ? `, says ${letter(Math.floor(choice / MOVES.length))}` : '';
    return `${MOVES[choice % MOVES.length]!}${said}`;
  }
  const parts: string[] = [];
  if (moves) parts.push(`push ${short(own[2]! - own[1]!)}, ${short(own[4]! - own[3]!)}`);
  const message = moves ? own.subarray(MOVES.length) : own;
  if (message.length > 0) parts.push(`says ${Array.from(message, (x) => short(x)).join(', ')}`);
  return parts.join('; ');
}

function letter(k: number): string {
  return String.fromCharCode(65 + k);
}
