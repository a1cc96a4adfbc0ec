/** @file Whether a temperature helps at all: fitted on some of the examples, it must do better than none on the others. */

import { fitTemperature, rowLosses } from './temperature.ts';

export interface ChooseTemperatureOptions {
  /** Rows of one example, which stand together: its labels, of which each is a decision. They stay in one fold. Default 1. */
  readonly rowsPerExample?: number | undefined;
}

/** Fewer folds would fit on much less than there is; more take longer and tell the same. */
const FOLDS = 5;

/**
 * Fits a temperature, and keeps it only where cross-validation says that it is better than none: of five folds each is judged by the
 * temperature of the four others, and the mean cross-entropy must fall by more than one standard error of the differences (the rule of
 * Breiman et al. 1984 for choosing the simpler model). On few examples what looks like an error of the calibration is often chance.
 *
 * @param logits - As `fitTemperature` takes them, `[N, K]`.
 * @param labels - `[N]`
 * @returns The temperature of all examples, or 1.
 * @throws {GraftError} `argument`, if there is no example.
 */
export function chooseTemperature(
  logits: Float32Array,
  labels: ArrayLike<number>,
  { rowsPerExample = 1 }: ChooseTemperatureOptions = {},
): number {
  const { temperature } = fitTemperature(logits, labels);
  const examples = labels.length / rowsPerExample;
  const width = logits.length / labels.length;
  const gains = new Float64Array(examples);
  // Examples stand class by class mostly: taken in turns, each fold has some of all.
  for (let fold = 0; fold < FOLDS; fold++) {
    const rowsOf = (isHeld: boolean): number[] =>
      Array.from({ length: labels.length }, (_, row) => row).filter(
        (row) => (Math.floor(row / rowsPerExample) % FOLDS === fold) === isHeld,
      );
    const [others, held] = [rowsOf(false), rowsOf(true)];
    if (others.length === 0 || held.length === 0) return 1;
    const fitted = partOf(logits, labels, width, others);
    const judged = partOf(logits, labels, width, held);
    const found = fitTemperature(fitted.logits, fitted.labels).temperature;
    const before = rowLosses(judged.logits, judged.labels, 1);
    const after = rowLosses(judged.logits, judged.labels, found);
    held.forEach((row, index) => {
      gains[Math.floor(row / rowsPerExample)]! += before[index]! - after[index]!;
    });
  }
  return isSurelyAboveZero(gains) ? temperature : 1;
}

function partOf(
  logits: Float32Array,
  labels: ArrayLike<number>,
  width: number,
  rows: readonly number[],
): { readonly logits: Float32Array; readonly labels: Uint32Array } {
  const part = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    part.set(logits.subarray(row * width, (row + 1) * width), index * width);
  });
  return { logits: part, labels: Uint32Array.from(rows, (row) => labels[row]!) };
}

/** By more than one standard error of the mean. */
function isSurelyAboveZero(values: Float64Array): boolean {
  const size = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / size;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, size - 1);
  return mean > Math.sqrt(variance / size);
}
