/** Sizes, durations and counts as people read them. */

const SIZES = ['kB', 'MB', 'GB', 'TB'] as const;

/** 1_234_567 bytes -> 1.2 MB */
export function humanBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < SIZES.length - 1; unit++) value /= 1000;
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${SIZES[unit]!}`;
}

const PARTS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** The largest parts of a duration in seconds: 200 -> 3 min 20 s */
export function humanDuration(seconds: number, parts: 1 | 2 = 2): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const first = PARTS.findIndex(([, size]) => whole >= size);
  const [unit, size] = PARTS[first]!;
  const text = `${Math.floor(whole / size)} ${unit}`;
  const smaller = PARTS[first + 1];
  const rest = smaller ? Math.floor((whole % size) / smaller[1]) : 0;
  return parts === 1 || rest === 0 ? text : `${text} ${rest} ${smaller![0]}`;
}

/** 150000 -> 150,000 */
export function humanCount(count: number): string {
  return count.toLocaleString('en', { maximumFractionDigits: 0 });
}

/** 1, trial -> 1 trial; 1500, trial -> 1,500 trials */
export function counted(count: number, noun: string): string {
  return `${humanCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
