/**
 * How much a reliability test does, and its seed. `npm test` runs the short form; `npm run test:crash`, `test:fuzz`,
 * `test:faults`, `test:soak` and `test:chaos` the long one. `COUNT=1000 SEED=7 npm run test:crash` sets both: a failure prints its seed,
 * and SEED repeats it.
 */

/** npm sets it to the name of the script that it runs. */
export const LONG = /^test:(chaos|crash|fuzz|faults|soak)$/.test(process.env['npm_lifecycle_event'] ?? '');

/** Number of cases: COUNT, or `short` in `npm test` and `long` in the test's own script. */
export function cases(short: number, long: number): number {
  const given = process.env['COUNT'];
  if (given !== undefined) return Number(given);
  return LONG ? long : short;
}

/** Seed of the first case: SEED, or the time. Printed, so that a failure can be repeated. */
export function firstSeed(test: string): number {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
  console.info(`${test}: SEED=${seed}`);
  return seed;
}
