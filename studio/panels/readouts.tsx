/** A few numbers of the training, as they are now. */
import { algorithmNames, type MetricRecord } from '../../src/browser.ts';
import type { Studio } from '../studio.ts';
import { brief, short, whole } from '../words.ts';

export function Readouts({ studio }: { studio: Studio }) {
  const { training, stage, config } = studio;
  const last = training.records.findLast((record) => meanOf(record, 'loss_critic') !== undefined);
  const reward = stage.returns.reduce((sum, one) => sum + one, 0) / stage.returns.length;
  const done = Math.min(1, training.step / config.running_steps);
  const numbers: readonly (readonly [string, string, string])[] = [
    ['Episode', short(reward), 'Return of the episode on show so far, mean over the agents'],
    ['Q', short(last && meanOf(last, 'predictQ')), 'What the critics expect from a state, mean over updates'],
    ['Critic loss', short(last && meanOf(last, 'loss_critic')), 'Mean squared error of the critics'],
    ['Actor loss', short(last && meanOf(last, 'loss_actor')), 'Minus what the critics think of the actors'],
    ['Speed', training.speed > 0 ? `${brief(training.speed)}/s` : '–', 'Training steps a second'],
  ];
  return (
    <div class="readouts">
      <div class="progress">
        <progress max={1} value={done} aria-label="Training" />
        <span>
          step {whole(training.step)} of {whole(config.running_steps)} ·{' '}
          {algorithmNames(config).join(' and ')}
          {training.engine === '' ? '' : ` · ${training.threads} thread${training.threads > 1 ? 's' : ''}`}
        </span>
      </div>
      <dl>
        {numbers.map(([name, value, title]) => (
          <div key={name} title={title}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {training.notice !== null && <p class="note">{training.notice}</p>}
      {[...studio.notes, ...training.warnings].map((line) => (
        <p key={line} class="note">
          {line}
        </p>
      ))}
    </div>
  );
}

/** Mean over the parameter groups. */
function meanOf(record: MetricRecord, name: string): number | undefined {
  const found = Object.entries(record)
    .filter(([key]) => key.startsWith('learner/') && key.endsWith(`/${name}`))
    .map(([, value]) => value);
  return found.length === 0 ? undefined : found.reduce((sum, value) => sum + value, 0) / found.length;
}
