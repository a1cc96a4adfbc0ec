import { describe, expect, it } from 'vitest';
import { optimizers } from './optimizers.ts';

describe('defaults are those of Keras', () => {
  it.each([
    [optimizers.sgd(), 0.01, { momentum: 0, nesterov: false }, []],
    [optimizers.rmsprop(), 0.001, { rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false }, ['velocity']],
    [optimizers.adam(), 0.001, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }, ['momentum', 'velocity']],
    [
      optimizers.adamW(),
      0.001,
      { weightDecay: 0.004, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      ['momentum', 'velocity'],
    ],
  ] as const)('%#', (optimizer, learningRate, config, slots) => {
    expect(optimizer.learningRate).toBe(learningRate);
    expect(optimizer.config).toEqual(config);
    expect(optimizer.slots).toEqual(slots);
  });
});

describe('options out of range', () => {
  it.each([
    [
      () => optimizers.sgd({ momentum: 1.5 }),
      'optimizer SGD: expected momentum in [0, 1], received 1.5. Correct it, or leave it out for the default.',
    ],
    [
      () => optimizers.adam({ beta1: 1 }),
      'optimizer Adam: expected beta1 in [0, 1), received 1. Correct it, or leave it out for the default.',
    ],
    [
      () => optimizers.sgd({ nesterov: 'yes' as never }),
      'optimizer SGD: expected nesterov to be true or false, received yes. ' +
        'Correct it, or leave it out for the default.',
    ],
    [
      () => optimizers.adamW({ weightDecay: -1 }),
      'optimizer AdamW: expected weightDecay of at least 0, received -1. ' +
        'Correct it, or leave it out for the default.',
    ],
    [
      () => optimizers.rmsprop({ learningRate: Number.NaN }),
      'optimizer RMSprop: expected learningRate of at least 0, received NaN. ' +
        'Correct it, or leave it out for the default.',
    ],
  ])('%#', (make, message) => {
    expect(make).toThrow(message);
  });
});
