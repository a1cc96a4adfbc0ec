import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { binaryCrossentropy } from './binary-crossentropy.ts';
import { classWeightsToSampleWeights } from './class-weights.ts';
import { huber } from './distances.ts';
import { finalActivation, findLogits } from './logits.ts';
import { resolveLoss } from './losses.ts';

describe('resolveLoss', () => {
  it.each([
    ['binaryCrossentropy', 'BinaryCrossentropy'],
    ['categorical_crossentropy', 'CategoricalCrossentropy'],
    ['SparseCategoricalCrossentropy', 'SparseCategoricalCrossentropy'],
    ['mean_squared_error', 'MeanSquaredError'],
    ['mse', 'MeanSquaredError'],
    ['MAE', 'MeanAbsoluteError'],
    ['huber', 'Huber'],
  ])('knows %s', (name, className) => {
    expect(resolveLoss(name).className).toBe(className);
  });

  it('leaves a loss alone', () => {
    const loss = binaryCrossentropy({ labelSmoothing: 0.1 });
    expect(resolveLoss(loss)).toBe(loss);
  });

  it('explains an unknown name', () => {
    expect(() => resolveLoss('hinge')).toThrow(
      withMessage(
        'loss: expected one of binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy, ' +
          'meanSquaredError, meanAbsoluteError, huber, received "hinge". Choose one of these.',
      ),
    );
  });
});

it('refuses a smoothing outside of [0, 1]', () => {
  expect(() => binaryCrossentropy({ labelSmoothing: 2 })).toThrow(
    withMessage('binary crossentropy: expected labelSmoothing in [0, 1], received 2. Usual is 0.1.'),
  );
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a Huber delta of %s', (delta) => {
  expect(() => huber({ delta })).toThrow(
    withMessage(
      `huber: expected delta above 0, received ${delta}. Give the size of error, in the unit of the targets, from which on it is an outlier.`,
    ),
  );
});

describe('logits', () => {
  it.each([
    ['Sigmoid', 'sigmoid'],
    ['Softmax', 'softmax'],
  ] as const)('stand before a final %s', (op, activation) => {
    const builder = new GraphBuilder('model');
    const logits = builder.op('Relu', [builder.input('x', 'float32', ['N', 3])]);
    const output = builder.op('Identity', [builder.op(op, [logits])]);
    expect(finalActivation(builder, output)).toEqual({ activation, logits });
    expect(findLogits(builder, builder.op('Transpose', [output], { perm: [0, 1] }))).toBe(logits);
  });

  it('are the output where there is no such activation', () => {
    const builder = new GraphBuilder('model');
    const output = builder.op('Relu', [builder.input('x', 'float32', ['N', 3])]);
    expect(finalActivation(builder, output)).toEqual({ activation: 'linear', logits: output });
  });
});

describe('class weights', () => {
  it('go by the index, or the largest target', () => {
    const weights = { 0: 2, 2: 0.5 };
    const byIndex = classWeightsToSampleWeights(weights, Float32Array.of(0, 1, 2), 3);
    expect([...byIndex]).toEqual([2, 1, 0.5]);
    const perClass = Float32Array.of(0, 0, 1, 1, 0, 0);
    expect([...classWeightsToSampleWeights(weights, perClass, 2)]).toEqual([0.5, 2]);
  });
});
