/** HTML as text: what is inserted is escaped, unless it is HTML made here. */

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Inserted = string | number | Html | readonly Html[] | false | undefined;

/** Template tag: html`<b>${name}</b>`; false and undefined insert nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Inserted[]): Html {
  return new Html(parts.map((part, k) => (k === 0 ? '' : inserted(values[k - 1])) + part).join(''));
}

function inserted(value: Inserted): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  return typeof value === 'object' ? value.join('') : escaped(String(value));
}

/** Text for HTML and SVG, attributes included. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
