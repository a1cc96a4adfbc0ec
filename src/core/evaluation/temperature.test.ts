import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { fitTemperature, TEMPERATURES, withTemperature } from './temperature.ts';

describe('fitTemperature', () => {
  it('stays finite where every prediction is right', () => {
    const logits = Float32Array.from({ length: 100 }, (_, row) => (row % 2 === 0 ? -1 : 1) * (1 + row / 100));
    const labels = Array.from({ length: 100 }, (_, row) => row % 2);
    const { temperature, lossAfter, lossBefore } = fitTemperature(logits, labels);
    expect(temperature).toBeGreaterThan(0.2);
    expect(temperature).toBeLessThan(0.6);
    expect(lossAfter).toBeLessThan(lossBefore);
    const sure = fitTemperature(logits, labels, { smoothing: false });
    expect(sure.temperature).toBeCloseTo(TEMPERATURES[0], 5);
  });

  it('ends at the bound where logits tell nothing', () => {
    const labels = Array.from({ length: 60 }, (_, row) => row % 2);
    const wrong = Float32Array.from(labels, (label) => (label === 0 ? 3 : -3));
    expect(fitTemperature(wrong, labels).temperature).toBeCloseTo(TEMPERATURES[1], 3);
  });

  it('takes logits that are all the same', () => {
    const { temperature } = fitTemperature(new Float32Array(20), new Uint8Array(20));
    expect(Number.isFinite(temperature)).toBe(true);
  });

  it('refuses no examples', () => {
    expect(() => fitTemperature(new Float32Array(0), [])).toThrow(
      withMessage('temperature: expected at least 1 example, received none. Give validation examples.'),
    );
  });
});

it('leaves logits as they are at temperature 1', () => {
  const logits = Float32Array.of(1, 2);
  expect(withTemperature(logits, 1)).toBe(logits);
  expect([...withTemperature(logits, 2)]).toEqual([0.5, 1]);
});
