/** Student's t distribution, for the confidence interval of a mean (returns.ts). */

/**
 * The t with P(-t < T < t) = `probability`, in (0, 1), for T with `freedom` >= 1 degrees of freedom. Exact to 10
 * digits up to a million.
 */
export function studentT(probability: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (within(high, freedom) < probability) [low, high] = [high, 2 * high];
  for (;;) {
    const middle = (low + high) / 2;
    // Until no number is left in between.
    if (middle === low || middle === high) return middle;
    if (within(middle, freedom) < probability) low = middle;
    else high = middle;
  }
}

/** P(-t < T < t), a finite sum for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
function within(t: number, freedom: number): number {
  const cos2 = freedom / (freedom + t * t);
  const sin = t / Math.sqrt(freedom + t * t);
  const odd = freedom % 2;
  let term = odd ? sin * Math.sqrt(cos2) : sin;
  let sum = freedom === 1 ? 0 : term;
  for (let k = 2 + odd; k < freedom; k += 2) {
    term *= (cos2 * (k - 1)) / k;
    sum += term;
  }
  // eslint-disable-next-line no-restricted-properties -- 10 digits are enough for an interval
  return odd ? (2 / Math.PI) * (Math.atan2(t, Math.sqrt(freedom)) + sum) : sum;
}
