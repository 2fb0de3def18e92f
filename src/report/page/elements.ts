/** Finding and filling elements. */
import type { Html } from '../html.ts';

/** The element that the page is known to have. */
export function element(selector: string, within: ParentNode = document): HTMLElement {
  return elementOf(HTMLElement, selector, within);
}

/** The same of a kind, such as HTMLInputElement. */
export function elementOf<E extends HTMLElement>(
  kind: new () => E,
  selector: string,
  within: ParentNode = document,
): E {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`page: expected a ${kind.name} ${selector}, got none`);
  return found;
}

/** Fills an element, unless it has that content already: focus and scroll position stay. */
export function fill(target: HTMLElement, content: Html): void {
  if (contents.get(target) === content.text) return;
  contents.set(target, content.text);
  target.innerHTML = content.text;
}
const contents = new WeakMap<HTMLElement, string>();

/** Calls `act` with the closest element of a selector whenever one below `root` is clicked. */
export function onClick(root: HTMLElement, selector: string, act: (target: HTMLElement) => void): void {
  root.addEventListener('click', ({ target }) => {
    const found = target instanceof Element ? target.closest<HTMLElement>(selector) : null;
    if (found) act(found);
  });
}
