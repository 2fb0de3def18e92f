// Pure parts of `npm run bench:peers`: medians, their ratios, and the table in docs/performance.md.

/** @param {readonly number[]} numbers the middle one, or the mean of the middle two */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

/** How many times better `ours` is than `theirs`: of times and sizes the smaller is better, of rates the larger. */
export function ratio({ ours, theirs, better }) {
  return better === 'smaller' ? theirs / ours : ours / theirs;
}

/** Three significant digits, thousands separated. @param {number} x */
export function digits(x) {
  return Number(x.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
}

/**
 * A Markdown table as prettier lays it out. Columns whose cells are all figures or empty are aligned to the right.
 * @param {readonly string[]} head @param {readonly (readonly string[])[]} rows
 */
export function markdownTable(head, rows) {
  const columns = head.map((title, c) => [title, ...rows.map((row) => row[c])]);
  const widths = columns.map((cells) => Math.max(3, ...cells.map((cell) => cell.length)));
  const right = columns.map((_, c) => c > 0);
  const line = (cells) =>
    `| ${cells.map((cell, c) => (right[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, c) => (right[c] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/**
 * `text` with `content` between the lines `<!-- NAME: begin -->` and `<!-- NAME: end -->`; all else stays as it is.
 * Throws an Error unless both are there, once and in order.
 */
export function between(text, name, content) {
  const [begin, end] = [`<!-- ${name}: begin -->\n`, `<!-- ${name}: end -->\n`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  const once = [begin, end].every((marker) => text.split(marker).length === 2);
  if (!once || to < from)
    throw new Error(`expected one line ${begin.trim()} and one line ${end.trim()} after it`);
  return `${text.slice(0, from + begin.length)}\n${content}\n\n${text.slice(to)}`;
}
