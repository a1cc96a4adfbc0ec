import { describe, expect, it } from 'vitest';
import type { Sample } from '../examples/sample.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import { metrics } from '../metrics/metrics.ts';
import { TargetScale } from './target-scale.ts';

/** Metres and grams; the third is always the same. */
const ROWS = [
  [1, 2000, 5],
  [3, 4000, 5],
  [8, 9000, 5],
];
const samples = ROWS.map((row, i): Sample => ({ file: `${i}`, label: 0, target: Float32Array.from(row) }));
const scale = new TargetScale(samples);
const standardized = Float32Array.from(
  scale.standardize({ train: samples }).train.flatMap(({ target }) => [...target!]),
);

describe('TargetScale', () => {
  it('gives mean 0 and deviation 1, and 0 where a number is always the same', () => {
    for (const column of [0, 1]) {
      const values = [0, 1, 2].map((row) => standardized[row * 3 + column]!);
      expect(values.reduce((sum, value) => sum + value, 0) / 3).toBeCloseTo(0, 6);
      expect(values.reduce((sum, value) => sum + value * value, 0) / 3).toBeCloseTo(1, 6);
    }
    expect([2, 5, 8].map((i) => standardized[i])).toEqual([0, 0, 0]);
  });

  it('leaves the images as they are', () => {
    expect(scale.standardize({ train: samples }).train).toMatchObject([
      { file: '0' },
      { file: '1' },
      { file: '2' },
    ]);
    expect([...samples[0]!.target!]).toEqual([1, 2000, 5]);
  });

  it('gives values their unit back', () => {
    expect(scale.inUnits(standardized)).toBeAllClose(ROWS.flat(), { atol: 1e-3, rtol: 1e-6 });
  });

  it('lets a metric tell of values in their unit', () => {
    const error = scale.metricInUnits(metrics.meanAbsoluteError());
    error.update(standardized.subarray(0, 3), standardized.subarray(3, 6), 1);
    expect(error.result()).toBeCloseTo((2 + 2000 + 0) / 3, 2);
    error.reset();
    expect(error.result()).toBe(0);
  });

  it('makes a Dense layer give values in their unit', () => {
    const { layer } = layers.dense({ units: 3 }).apply(input({ shape: [2] }));
    layer.weight('kernel').value = Float32Array.of(1, 2, 3, -1, 0.5, 0);
    layer.weight('bias').value = Float32Array.of(0.1, 0.2, 0.3);
    const outputs = (x: number, y: number): Float32Array => {
      const [kernel, bias] = [layer.weight('kernel').value, layer.weight('bias').value];
      return bias.map((b, i) => b + x * kernel[i]! + y * kernel[3 + i]!);
    };
    const before = outputs(0.7, -1.3);
    scale.foldInto(layer);
    expect(outputs(0.7, -1.3)).toBeAllClose(scale.inUnits(before), { atol: 0, rtol: 1e-6 });
  });
});
