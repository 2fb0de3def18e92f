/** Choosing an experiment: scenario and its options, algorithm, the keys that matter, presets, and YAML for the rest. */
import { useState } from 'preact/hooks';
import { describeEnvironment, yamlOf, type KeyName } from '../../src/browser.ts';
import { PRESETS } from '../assets.ts';
import { fromEditor, resolved, toEditor, type Experiment } from '../experiment.ts';
import { faultsOf, type Studio } from '../studio.ts';
import { scenarioName } from '../words.ts';
import { KeyField, OptionField } from './fields.tsx';

/** Keys that matter most, in the order in which one would turn them. */
const KEYS: readonly KeyName[] = [
  'agent',
  'continuous_action',
  'running_steps',
  'seed',
  'learning_rate_actor',
  'learning_rate_critic',
  'gamma',
  'tau',
  'n_step',
  'batch_size',
  'training_frequency',
  'start_noise',
  'actor_hidden_size',
  'use_parameter_sharing',
  'augmentation',
  'eval_interval',
];

const GROUPS = [
  ['Tuned', /^mpe\//],
  ['XuanCe’s documented update', /^xuance\/documented\//],
  ['XuanCe’s own settings', /^xuance\/(?!documented)/],
] as const;

export function ChoosePanel({ studio }: { studio: Studio }) {
  const [draft, setDraft] = useState<Experiment | null>(null);
  const [text, setText] = useState<string | null>(null);
  const [textFaults, setTextFaults] = useState<readonly string[]>([]);
  const experiment = draft ?? studio.experiment;
  const checked = check(experiment);
  const { faults } = checked;
  const config = checked.config ?? studio.config;
  const pending = draft !== null && JSON.stringify(draft) !== JSON.stringify(studio.experiment);

  const change = (key: string, value: string | null): void => {
    const others = Object.entries(experiment.changes).filter(([name]) => name !== key);
    setDraft({
      ...experiment,
      changes: Object.fromEntries(value === null ? others : [...others, [key, value]]),
    });
    setText(null);
  };
  const start = (): void => {
    studio.faults = [];
    studio.begin(experiment);
    setDraft(null);
    setText(null);
  };
  const edit = (value: string): void => {
    setText(value);
    try {
      setDraft(fromEditor(experiment.preset, value));
      setTextFaults([]);
    } catch (error) {
      setTextFaults(faultsOf(error));
    }
  };
  const options = describeEnvironment(config.env_id).options.filter(
    ({ name }) => !['continuous_actions', 'dynamic_rescaling', 'benchmark_data'].includes(name),
  );
  return (
    <details class="panel choose">
      <summary>Choose another experiment</summary>
      <label class="field wide">
        <span>Start from</span>
        <select
          onChange={({ currentTarget }) => {
            setDraft({ preset: currentTarget.value, changes: {} });
            setText(null);
          }}
        >
          {GROUPS.map(([title, names]) => (
            <optgroup key={title} label={title}>
              {Object.keys(PRESETS)
                .filter((name) => names.test(name))
                .map((name) => (
                  <option key={name} value={name} selected={name === experiment.preset}>
                    {presetName(name)}
                  </option>
                ))}
            </optgroup>
          ))}
          <optgroup label="Nothing">
            <option value="" selected={experiment.preset === ''}>
              the defaults
            </option>
          </optgroup>
        </select>
      </label>
      <p class="note">{firstComment(PRESETS[experiment.preset])}</p>
      <h3>Scenario {scenarioName(config.env_id)}</h3>
      <div class="fields">
        {options.map((option) => (
          <OptionField
            key={option.name}
            option={option}
            value={
              experiment.changes[`env_options.${option.name}`] ??
              yamlOf(config.env_options[option.name] ?? option.default)
            }
            changed={`env_options.${option.name}` in experiment.changes}
            faults={faultsAbout(faults, `env_options.${option.name}`)}
            onChange={(value) => {
              change(`env_options.${option.name}`, value);
            }}
          />
        ))}
      </div>
      <h3>Learning</h3>
      <div class="fields">
        {KEYS.map((name) => (
          <KeyField
            key={name}
            name={name}
            value={experiment.changes[name] ?? yamlOf(config[name])}
            changed={name in experiment.changes}
            faults={faultsAbout(faults, name)}
            onChange={(value) => {
              change(name, value);
            }}
          />
        ))}
      </div>
      <h3>Everything else</h3>
      <textarea
        aria-label="Settings on top of these, as YAML"
        spellcheck={false}
        rows={5}
        placeholder={'activation: tanh\nuse_obsnorm: true'}
        value={text ?? toEditor(experiment)}
        onInput={({ currentTarget }) => {
          edit(currentTarget.value);
        }}
      />
      {[
        ...textFaults,
        ...(textFaults.length > 0
          ? []
          : elsewhere(
              faults,
              options.map(({ name }) => name),
            )),
      ].map((line) => (
        <p key={line} class="fault" role="alert">
          {line}
        </p>
      ))}
      <div class="row">
        <button
          type="button"
          class="main"
          disabled={faults.length > 0 || textFaults.length > 0}
          onClick={start}
        >
          {pending ? 'Train with these settings' : 'Train again from the start'}
        </button>
        {pending && (
          <button
            type="button"
            onClick={() => {
              setDraft(null);
              setText(null);
              setTextFaults([]);
            }}
          >
            Back to what is running
          </button>
        )}
      </div>
    </details>
  );
}

function check(experiment: Experiment) {
  try {
    return { config: resolved(experiment).config, faults: [] };
  } catch (error) {
    return { config: null, faults: faultsOf(error) };
  }
}

/** Faults of a key, without the place, which is its field. */
function faultsAbout(faults: readonly string[], name: string): readonly string[] {
  return faults
    .filter((line) => isAbout(line, name))
    .map((line) => line.replace(/^--set [^\n]*?: (?=[a-z_]+[.\w]*: )/, ''));
}

function isAbout(line: string, name: string): boolean {
  return line.startsWith(`--set ${name}=`) || line.startsWith(`${name}:`);
}

/** Faults that no field shows. */
function elsewhere(faults: readonly string[], options: readonly string[]): readonly string[] {
  const fields = [...KEYS, ...options.map((name) => `env_options.${name}`)];
  return faults.filter((line) => !fields.some((name) => isAbout(line, name)));
}

function presetName(name: string): string {
  return name.replace(/^mpe\/|^xuance\/(documented\/)?/, '').replaceAll('_', ' ');
}

/** The comment at the top of a file. */
function firstComment(text = ''): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^#\s?/, ''))
    .join(' ');
}
