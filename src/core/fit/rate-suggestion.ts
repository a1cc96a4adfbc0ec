/** @file Which learning rates a search for one suggests, from the losses by rate. */

/** Between which rates a training can go well. */
export interface LearningRateRange {
  /** Below it, nothing is learned. */
  readonly min: number;
  /** Above it, harm is done. */
  readonly max: number;
}

export interface RateSuggestions {
  /** What to train with: the geometric mean of the two others, within what the training bears. Undefined where the loss never fell. */
  readonly suggested: number | undefined;
  /** Where the loss falls fastest; undefined likewise. */
  readonly steepest: number | undefined;
  /** A tenth of the rate at the lowest loss; undefined likewise. */
  readonly minimumTenth: number | undefined;
}

/** Part of all rates that a loss is averaged over, to each side. */
const WINDOW = 0.05;
/** Fraction of the loss below which a fall is rounding. */
const MIN_FALL = 1e-6;
/** Standard errors of a mean below which a fall is chance. */
const MIN_ERRORS = 3;

/**
 * The mean of the losses around each rate, as many to the left as to the right: unlike a mean of the losses so far, it does
 * not come too late, so that what it tells of a rate is of that rate.
 *
 * @param steps - How many rates the search was to try.
 */
export function smoothLosses(losses: readonly number[], steps: number): number[] {
  const reach = windowReach(steps);
  return losses.map((_, index) => mean(losses.slice(Math.max(0, index - reach), index + reach + 1)));
}

/**
 * Suggests rates. Only what comes before the lowest of the smoothed losses counts: behind it, the rate does harm.
 *
 * @param points - In the order of their rates.
 * @param range - What the training bears. Default everything.
 */
export function suggestRates(
  points: readonly { readonly learningRate: number; readonly loss: number; readonly smoothedLoss: number }[],
  steps: number,
  range: LearningRateRange = { min: 0, max: Number.POSITIVE_INFINITY },
): RateSuggestions {
  const smoothed = points.map(({ smoothedLoss }) => smoothedLoss);
  const lowest = smoothed.indexOf(Math.min(...smoothed));
  const falling = points.slice(0, lowest + 1);
  if (falling.length < 2 || !isFall(falling, steps)) {
    return { suggested: undefined, steepest: undefined, minimumTenth: undefined };
  }
  const slopeAt = (index: number): number => {
    const [before, after] = [Math.max(0, index - 1), Math.min(lowest, index + 1)];
    const distance = Math.log(points[after]!.learningRate / points[before]!.learningRate);
    return (smoothed[after]! - smoothed[before]!) / distance;
  };
  const slopes = falling.map((_, index) => slopeAt(index));
  const steepest = points[slopes.indexOf(Math.min(...slopes))]!.learningRate;
  const minimumTenth = points[lowest]!.learningRate / 10;
  const suggested = Math.min(Math.max(Math.sqrt(steepest * minimumTenth), range.min), range.max);
  return { suggested, steepest, minimumTenth };
}

/** Whether the fall is more than rounding, and than the differences between batches make up. */
function isFall(
  falling: readonly { readonly loss: number; readonly smoothedLoss: number }[],
  steps: number,
): boolean {
  const [first, last] = [falling[0]!, falling.at(-1)!];
  const fall = first.smoothedLoss - last.smoothedLoss;
  const noise = Math.sqrt(mean(falling.map(({ loss, smoothedLoss }) => (loss - smoothedLoss) ** 2)));
  const error = noise / Math.sqrt(2 * windowReach(steps) + 1);
  return fall > Math.abs(first.smoothedLoss) * MIN_FALL && fall > MIN_ERRORS * error;
}

function windowReach(steps: number): number {
  return Math.max(1, Math.round(steps * WINDOW));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
