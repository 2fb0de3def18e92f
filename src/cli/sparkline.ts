/** A curve in one line of text, drawn with Unicode's eight lower blocks. */

const BLOCKS = '▁▂▃▄▅▆▇█';

/**
 * All `values` in at most `most` blocks between the least and the greatest: each the mean of its share of them, or blank
 * if that is not finite.
 */
export function sparkline(values: readonly number[], most: number): string {
  const count = Math.min(values.length, Math.max(0, most));
  const edge = (i: number): number => Math.floor((i * values.length) / count);
  const means = Array.from({ length: count }, (_, i) => mean(values.slice(edge(i), edge(i + 1))));
  const finite = means.filter(Number.isFinite);
  const least = Math.min(...finite);
  const range = Math.max(...finite) - least;
  return means
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      const share = range > 0 ? (value - least) / range : 0.5;
      return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))]!;
    })
    .join('');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** Whether the terminal has these characters: not Linux's console, nor one whose locale names another encoding. */
export function hasBlocks({ TERM, LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv = process.env): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '') ?? '';
  return TERM !== 'linux' && !/\.(?!utf-?8)/i.test(locale);
}
