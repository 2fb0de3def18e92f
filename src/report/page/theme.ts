/** Light and dark: as the system has it, until the reader chooses. */
import type { Theme } from '../chart.ts';
import { elementOf } from './elements.ts';

/** Colors of charts, from the style sheet: they follow the theme without being drawn again. */
export const PAGE: Theme = {
  text: 'var(--text)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  background: 'var(--panel)',
  series: Array.from({ length: 8 }, (_, k) => `var(--c${k})`),
};

const CHOICES = ['auto', 'light', 'dark'];
const ROOT = document.documentElement;

export function startThemeButton(): void {
  const button = elementOf(HTMLButtonElement, '#theme');
  const show = (): void => {
    const now = ROOT.dataset['theme'] ?? 'auto';
    button.textContent = `Theme: ${now}`;
  };
  button.addEventListener('click', () => {
    const now = CHOICES.indexOf(ROOT.dataset['theme'] ?? 'auto');
    ROOT.dataset['theme'] = CHOICES[(now + 1) % CHOICES.length]!;
    show();
  });
  show();
}
