/** Times of repeated calls, and their median. */
/** Times of single calls in ms after a warm-up, over at least `atLeast` calls and `milliseconds`; one call if very slow. */
export function repeat(act: () => unknown, atLeast = 10, milliseconds = 1000): number[] {
  const timed = (): number => {
    const before = performance.now();
    act();
    return performance.now() - before;
  };
  const first = timed();
  if (first > 2000) return [first];
  for (let k = 0; k < Math.min(200, milliseconds / 3 / first); k++) act();
  const times: number[] = [];
  const ends = performance.now() + milliseconds;
  while (performance.now() < ends || (times.length < atLeast && first < 200)) times.push(timed());
  return times;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
