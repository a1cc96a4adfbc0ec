/** @file The formulas' images and weights for tests, and the comparison with a fixture's samples. */

import { expect } from 'vitest';
import { computeSize, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { type Sample, sampled } from './formula-inputs.ts';

export { images, run, type Sample, setFormulaWeights } from './formula-inputs.ts';

/** Compares every image's output with its sample. @param tolerance - As a part of the sample's largest value. */
export function expectSamples(output: Tensor, samples: readonly Sample[], tolerance: number): void {
  const data = output.data as Float32Array;
  expect(output.shape[0]).toBe(samples.length);
  for (const [number, sample] of samples.entries()) {
    expect(output.shape.slice(1)).toEqual(sample.shape);
    const size = computeSize(sample.shape);
    const one = data.subarray(number * size, (number + 1) * size);
    const values = sampled(output, number, sample);
    const atol = tolerance * sample.largest;
    expect(values).toBeAllClose(sample.values, { atol, rtol: 0 });
    expect(one.reduce((max, value) => Math.max(max, Math.abs(value)), 0)).toBeAllClose(sample.largest, {
      atol,
      rtol: 0,
    });
    expect(one.reduce((sum, value) => sum + value, 0) / size).toBeAllClose(sample.mean, { atol, rtol: 0 });
  }
}
