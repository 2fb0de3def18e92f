/** The top line: name, lessons and theme. */
import { useState } from 'preact/hooks';
import { LESSONS } from '../lessons.ts';
import type { Studio } from '../studio.ts';

const ROOT = document.documentElement;
const THEMES = ['auto', 'light', 'dark'];

export function Header({ studio }: { studio: Studio }) {
  const [theme, setTheme] = useState(ROOT.dataset['theme'] ?? 'auto');
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const turn = (): void => {
    ROOT.dataset['theme'] = next;
    setTheme(next);
    studio.changed();
  };
  return (
    <header>
      <strong class="mark">maddpg studio</strong>
      <nav aria-label="Lessons">
        {LESSONS.map((lesson) => (
          <button
            key={lesson.name}
            type="button"
            aria-pressed={studio.lesson === lesson}
            onClick={() => {
              studio.teach(lesson);
            }}
          >
            {lesson.title}
          </button>
        ))}
      </nav>
      <button type="button" class="quiet" onClick={turn} aria-label={`Theme: ${theme}; change to ${next}`}>
        {{ auto: '◐', light: '○', dark: '●' }[theme]}
      </button>
    </header>
  );
}
