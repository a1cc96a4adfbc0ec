/** @file Temperature scaling: one number that logits are divided by, so that a classifier is as sure as it is right. */

import { GraftError } from '../errors/graft-error.ts';

/** What a fit of the temperature came to. */
export interface TemperatureFit {
  /** Logits are divided by it: above 1 the classifier was too sure. */
  readonly temperature: number;
  /** Mean cross-entropy of the examples before and after, natural logarithm. */
  readonly lossBefore: number;
  readonly lossAfter: number;
}

/** How a temperature is fitted. */
export interface TemperatureOptions {
  /**
   * Whether the right class of `N` examples is wanted with probability `(N + 1) / (N + 2)` instead of 1, the others sharing the rest: as if
   * one more example had been wrong. Without, a classifier that is right every time becomes sure beyond all bounds. Default true.
   */
  readonly smoothing?: boolean | undefined;
}

/** Bounds of the temperature: what lies beyond says that the logits tell nothing, or that nothing is wrong. */
export const TEMPERATURES: readonly [min: number, max: number] = [0.02, 50];

/** Newton's steps; the mean of the curvature is known, so that five are usual. */
const MAX_STEPS = 60;
const TOLERANCE = 1e-10;

/**
 * Fits a temperature by the least cross-entropy, which is convex in its inverse. The largest logit stays the largest: predicted classes do
 * not change.
 *
 * @param logits - `[N, K]`, row-major, N >= 1; with K = 1 those of one sigmoid, the probability of the second class.
 * @param labels - `[N]`, class indices.
 * @returns A temperature within {@link TEMPERATURES}.
 * @throws {GraftError} `argument`, if there is no example.
 * @see Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017). On calibration of modern neural networks.
 *   https://arxiv.org/abs/1706.04599. Smoothed targets: Platt, J. (1999). Probabilistic outputs for support vector machines.
 */
export function fitTemperature(
  logits: Float32Array,
  labels: ArrayLike<number>,
  { smoothing = true }: TemperatureOptions = {},
): TemperatureFit {
  const size = labels.length;
  if (size === 0) {
    throw new GraftError('argument', {
      where: 'temperature',
      expected: 'at least 1 example',
      received: 'none',
      advice: 'Give validation examples.',
    });
  }
  const rows = new Rows(logits, labels, smoothing ? (size + 1) / (size + 2) : 1);
  let low = 1 / TEMPERATURES[1];
  let high = 1 / TEMPERATURES[0];
  let scale = 1;
  for (let step = 0; step < MAX_STEPS && high - low > TOLERANCE * low; step++) {
    const { slope, curvature } = rows.derivatives(scale);
    if (slope > 0) high = scale;
    else low = scale;
    const newton = scale - slope / curvature;
    // Outside of the bracket, or where the curvature tells nothing: the middle of their logarithms.
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - scale) <= TOLERANCE * scale) break;
    scale = next;
  }
  const temperature = 1 / scale;
  return { temperature, lossBefore: rows.loss(1), lossAfter: rows.loss(scale) };
}

/** The cross-entropy of each example with its logits divided by a temperature, natural logarithm. */
export function rowLosses(
  logits: Float32Array,
  labels: ArrayLike<number>,
  temperature: number,
): Float64Array {
  return new Rows(logits, labels, 1).losses(1 / temperature);
}

/** Logits divided by a temperature. */
export function withTemperature(logits: Float32Array, temperature: number): Float32Array {
  return temperature === 1 ? logits : logits.map((logit) => logit / temperature);
}

/** Logits of all classes, row by row: `[0, z]` for one sigmoid. */
class Rows {
  readonly #logits: Float32Array;
  readonly #labels: ArrayLike<number>;
  readonly #width: number;
  readonly #target: number;
  readonly #row: Float64Array;
  readonly #weights: Float64Array;

  /** @param target - Probability that is wanted of the right class. */
  constructor(logits: Float32Array, labels: ArrayLike<number>, target: number) {
    this.#logits = logits;
    this.#labels = labels;
    this.#target = target;
    this.#width = Math.max(2, logits.length / labels.length);
    this.#row = new Float64Array(this.#width);
    this.#weights = new Float64Array(this.#width);
  }

  /** First and second derivative of the summed cross-entropy with smoothed targets, by the inverse of the temperature. */
  derivatives(scale: number): { readonly slope: number; readonly curvature: number } {
    const rest = (1 - this.#target) / (this.#width - 1);
    let slope = 0;
    let curvature = 0;
    for (let index = 0; index < this.#labels.length; index++) {
      const row = this.#read(index);
      const sum = this.#weigh(scale);
      let mean = 0;
      let square = 0;
      let wanted = 0;
      for (let k = 0; k < row.length; k++) {
        const probability = this.#weights[k]! / sum;
        mean += probability * row[k]!;
        square += probability * row[k]! ** 2;
        wanted += (k === this.#labels[index] ? this.#target : rest) * row[k]!;
      }
      slope += mean - wanted;
      curvature += square - mean ** 2;
    }
    return { slope, curvature };
  }

  /** Mean cross-entropy of the right classes. */
  loss(scale: number): number {
    return this.losses(scale).reduce((sum, loss) => sum + loss, 0) / this.#labels.length;
  }

  /** Of each row. */
  losses(scale: number): Float64Array {
    return Float64Array.from({ length: this.#labels.length }, (_, index) => {
      const row = this.#read(index);
      return Math.log(this.#weigh(scale)) - scale * row[this.#labels[index]!]!;
    });
  }

  /** A row less its largest number, for exponentials that do not overflow. */
  #read(index: number): Float64Array {
    const row = this.#row;
    if (this.#logits.length === this.#labels.length) {
      row[0] = 0;
      row[1] = this.#logits[index]!;
    } else {
      const start = index * this.#width;
      for (let k = 0; k < row.length; k++) row[k] = this.#logits[start + k]!;
    }
    let largest = row[0]!;
    for (const value of row) largest = Math.max(largest, value);
    for (let k = 0; k < row.length; k++) row[k]! -= largest;
    return row;
  }

  /** Exponentials of the row that was read; their sum. */
  #weigh(scale: number): number {
    let sum = 0;
    for (let k = 0; k < this.#row.length; k++) {
      const weight = Math.exp(scale * this.#row[k]!);
      this.#weights[k] = weight;
      sum += weight;
    }
    return sum;
  }
}
