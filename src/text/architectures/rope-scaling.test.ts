/** @file Frequencies of an extended context are those of transformers. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { tensorSource } from '../../core/weights/tensor-source.ts';
import { modelOfHuggingFace } from '../weights/hugging-face-model.ts';
import { frequencyDivisors } from './rope-scaling.ts';

interface Case {
  readonly headDim: number;
  readonly parameters: {
    readonly rope_theta: number;
    readonly factor: number;
    readonly low_freq_factor: number;
    readonly high_freq_factor: number;
    readonly original_max_position_embeddings: number;
  };
  readonly frequencies: readonly number[];
}

const { cases } = JSON.parse(readFileSync('tests/golden/language/rope-scaling.json', 'utf8')) as {
  readonly cases: readonly Case[];
};
const config = JSON.parse(readFileSync('tests/golden/language/llama/config.json', 'utf8')) as object;

it.each(cases)('of heads of $headDim', ({ headDim, parameters, frequencies }) => {
  const changed = { ...config, head_dim: headDim, rope_parameters: parameters };
  const { model } = modelOfHuggingFace(changed, 'configuration "c"', tensorSource('weights "w"', new Map()));
  if (model.architecture !== 'llama') throw new Error('another architecture');
  const { ropeScaling, ropeMaxWavelength } = model.config;
  const divisors = frequencyDivisors(ropeScaling!, headDim, ropeMaxWavelength);
  expect(divisors).toHaveLength(frequencies.length);
  divisors.forEach((divisor, i) => {
    const frequency = ropeMaxWavelength ** ((-2 * i) / headDim) / divisor;
    expect(frequency / frequencies[i]!).toBeCloseTo(1, 5);
  });
  expect(Math.max(...divisors)).toBeCloseTo(parameters.factor);
  expect(Math.min(...divisors)).toBe(1);
});

it('of an absurd factor are refused', () => {
  const parameters = { rope_type: 'llama3', rope_theta: 10_000, factor: 0.5 };
  const changed = { ...config, rope_parameters: parameters };
  expect(() =>
    modelOfHuggingFace(changed, 'configuration "c"', tensorSource('weights "w"', new Map())),
  ).toThrow(
    'configuration "c": expected a context extended by a factor from 1 on, as in Llama 3, received 0.5, 1, 4, 8192. ' +
      'The file is damaged or of another kind: fetch it again.',
  );
});
