/** Fields of a form for keys and options: what they take, their documentation, and what is wrong, as the command line says it. */
import { useId } from 'preact/hooks';
import { keyOf, yamlOf, type EnvironmentDescription, type KeyName } from '../../src/browser.ts';

interface FieldProps {
  /** As YAML. */
  readonly value: string;
  readonly changed: boolean;
  readonly faults: readonly string[];
  /** YAML, or null for the preset's value. */
  readonly onChange: (value: string | null) => void;
}

export function KeyField({ name, ...props }: FieldProps & { readonly name: KeyName }) {
  const { doc, expected, unit, schema } = keyOf(name);
  const words = wordsOf(schema);
  return (
    <Field
      {...props}
      name={name}
      words={words}
      doc={`${doc} Takes ${expected}${unit === undefined ? '' : `, in ${unit}`}.`}
    />
  );
}

type Option = EnvironmentDescription['options'][number];

export function OptionField({ option, ...props }: FieldProps & { readonly option: Option }) {
  const { name, doc, range } = option;
  const words = typeof option.default === 'boolean' ? ['true', 'false'] : undefined;
  return (
    <Field
      {...props}
      name={name}
      words={words}
      doc={`${doc} Takes ${range}. Default: ${yamlOf(option.default)}.`}
    />
  );
}

function Field({
  name,
  words,
  doc,
  value,
  changed,
  faults,
  onChange,
}: FieldProps & { name: string; words: readonly string[] | undefined; doc: string }) {
  const id = useId();
  const attributes = {
    id,
    'aria-describedby': `${id}-doc ${id}-fault`,
    'aria-invalid': faults.length > 0,
  };
  return (
    <div class={changed ? 'field changed' : 'field'}>
      <span class="name">
        <label for={id}>{name.replaceAll('_', ' ')}</label>
        {changed && (
          <button
            type="button"
            class="quiet"
            aria-label={`${name}: back to the preset's value`}
            onClick={() => {
              onChange(null);
            }}
          >
            ↺
          </button>
        )}
      </span>
      {words?.includes(value) ? (
        <select
          {...attributes}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
          }}
        >
          {words.map((word) => (
            <option key={word} selected={word === value}>
              {word}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...attributes}
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={value}
          onInput={({ currentTarget }) => {
            onChange(currentTarget.value);
          }}
        />
      )}
      <small id={`${id}-doc`}>{doc}</small>
      <span id={`${id}-fault`} class="fault" aria-live="polite">
        {faults.join('\n')}
      </span>
    </div>
  );
}

/** The words that a schema takes, if it takes a few. */
function wordsOf(schema: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  if (schema['type'] === 'boolean') return ['true', 'false'];
  const { enum: words, anyOf } = schema as { enum?: string[]; anyOf?: { enum?: string[]; type?: string }[] };
  if (words) return words;
  const found = anyOf?.flatMap((one) => one.enum ?? (one.type === 'boolean' ? ['true', 'false'] : []));
  return found && found.length > 0 ? found : undefined;
}
