/** Makes elements of HTML and SVG. Texts are text, never markup. */

type Attributes = Readonly<Record<string, string | number | undefined>>;
type Child = Node | string;

export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(element, attributes, children);
  return element;
}

/** A labelled select; `onChoice` hears the index of the choice. */
export function choice(
  label: string,
  options: readonly string[],
  chosen: number,
  onChoice: (index: number) => void,
): { readonly field: HTMLLabelElement; readonly select: HTMLSelectElement } {
  const select = html('select', {}, ...options.map((text) => html('option', {}, text)));
  select.selectedIndex = chosen;
  select.addEventListener('change', () => {
    onChoice(select.selectedIndex);
  });
  return { field: html('label', {}, `${label} `, select), select };
}

function fill(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(name, String(value));
  element.append(...children);
}
