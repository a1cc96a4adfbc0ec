import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { createRandom } from '../tensor/random.ts';
import * as initializers from './initializers.ts';

const { initializerFromConfig, initializerToConfig, resolveInitializer } = initializers;

function momentsOf(numbers: Float32Array): { mean: number; variance: number; largest: number } {
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  const largest = numbers.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return { mean, variance, largest };
}

/** 3 x 3 kernels: 90 inputs, 360 outputs a unit. */
const SHAPE = [3, 3, 10, 40];

describe('variance', () => {
  it.each([
    ['glorotUniform', 2 / 450, Math.sqrt(6 / 450)],
    ['glorotNormal', 2 / 450, (2 * Math.sqrt(2 / 450)) / 0.8796],
    ['heUniform', 2 / 90, Math.sqrt(6 / 90)],
    ['heNormal', 2 / 90, (2 * Math.sqrt(2 / 90)) / 0.8796],
    ['lecunUniform', 1 / 90, Math.sqrt(3 / 90)],
    ['lecunNormal', 1 / 90, (2 * Math.sqrt(1 / 90)) / 0.8796],
    ['randomUniform', 0.1 ** 2 / 12, 0.05],
    ['randomNormal', 0.05 ** 2, Number.POSITIVE_INFINITY],
    ['truncatedNormal', (0.05 * 0.8796) ** 2, 0.1],
  ])('of %s', (name, variance, bound) => {
    const moments = momentsOf(resolveInitializer(name).draw(SHAPE, createRandom(7)));
    expect(moments.mean / Math.sqrt(variance)).toBeAllClose(0, { atol: 0.05, rtol: 0 });
    expect(moments.variance).toBeAllClose(variance, { atol: 0, rtol: 0.05 });
    expect(moments.largest).toBeLessThanOrEqual(bound * 1.0001);
  });

  it('follows the options of varianceScaling', () => {
    const options = { scale: 3, mode: 'fanOut', distribution: 'untruncatedNormal' } as const;
    const moments = momentsOf(initializers.varianceScaling(options).draw(SHAPE, createRandom(7)));
    expect(moments.variance).toBeAllClose(3 / 360, { atol: 0, rtol: 0.05 });
  });

  it('counts inputs and outputs of rows, vectors and scalars', () => {
    const limit = (shape: readonly number[]): number => {
      const { largest } = momentsOf(initializers.glorotUniform().draw(shape, createRandom(3)));
      return largest;
    };
    expect(limit([1000, 200])).toBeAllClose(Math.sqrt(6 / 1200), { atol: 0, rtol: 0.01 });
    expect(limit([5000])).toBeAllClose(Math.sqrt(6 / 10000), { atol: 0, rtol: 0.01 });
    expect(limit([])).toBeLessThanOrEqual(Math.sqrt(3));
  });
});

it('fills with one number', () => {
  const random = createRandom(0);
  expect([...initializers.zeros().draw([2], random)]).toEqual([0, 0]);
  expect([...initializers.ones().draw([2], random)]).toEqual([1, 1]);
  expect([...initializers.constant(0.5).draw([2], random)]).toEqual([0.5, 0.5]);
});

it('draws the same from the same stream', () => {
  const draw = (seed: number): Float32Array => initializers.heNormal().draw([4, 4], createRandom(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

describe('names and configurations', () => {
  it.each(['heNormal', 'he_normal', 'HeNormal'])('knows %s', (name) => {
    expect(resolveInitializer(name).className).toBe('HeNormal');
  });

  it.each([
    initializers.varianceScaling({ scale: 2, mode: 'fanAvg', distribution: 'uniform' }),
    initializers.constant(3),
    initializers.randomUniform({ minval: 1, maxval: 2 }),
    initializers.randomNormal({ mean: 1 }),
    initializers.truncatedNormal({ stddev: 2 }),
    initializers.glorotUniform(),
  ])('reads back $className', (initializer) => {
    const config = initializerToConfig(initializer);
    const again = initializerFromConfig(JSON.parse(JSON.stringify(config)));
    expect(initializerToConfig(again)).toEqual(config);
    expect(again.draw([3, 3], createRandom(1))).toEqual(initializer.draw([3, 3], createRandom(1)));
  });

  it('explains an unknown name', () => {
    expect(() => resolveInitializer('orthogonal')).toThrow(
      withMessage(
        'initializer: expected one of VarianceScaling, GlorotUniform, GlorotNormal, HeUniform, HeNormal, ' +
          'LecunUniform, LecunNormal, Zeros, Ones, Constant, RandomUniform, RandomNormal, TruncatedNormal, ' +
          'received "orthogonal". Choose one of these.',
      ),
    );
  });

  it('explains a scale that is not positive', () => {
    expect(() => initializers.varianceScaling({ scale: 0 })).toThrow(
      withMessage('initializer VarianceScaling: expected scale above 0, received 0. Give a positive scale.'),
    );
  });
});
