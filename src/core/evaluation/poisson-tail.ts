/** @file How likely a count is where only chance is at work. */

/**
 * Probability that a Poisson variable is at least `count`.
 *
 * @param count - Whole, >= 0.
 * @param mean - >= 0.
 */
export function poissonTail(count: number, mean: number): number {
  if (count === 0) return 1;
  if (mean === 0) return 0;
  // Below the mean, what is missing is summed: the terms fall on that side.
  if (count <= mean) return 1 - sumOfTerms(count - 1, mean, -1);
  return sumOfTerms(count, mean, 1);
}

/** The terms from `start` on, upwards or downwards, along which they fall. */
function sumOfTerms(start: number, mean: number, direction: 1 | -1): number {
  let log = start * Math.log(mean) - mean;
  for (let factor = 2; factor <= start; factor++) log -= Math.log(factor);
  let term = Math.exp(log);
  let sum = 0;
  for (let count = start; count >= 0 && term > sum * Number.EPSILON; count += direction) {
    sum += term;
    term *= direction === 1 ? mean / (count + 1) : count / mean;
  }
  return sum;
}
