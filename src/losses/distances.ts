/** @file Losses of numbers: the mean squared error, the mean absolute error, and Huber's between them. */

import { GraftError } from '../errors/graft-error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { Loss } from './loss.ts';

export interface HuberOptions {
  /** Where the loss goes over from squared to absolute, in the targets' unit, > 0. Default 1. */
  readonly delta?: number;
}

/** `mean over K of: (y - t)^2`, for outputs y and targets t. */
export function meanSquaredError(): Loss {
  return distance({
    className: 'MeanSquaredError',
    operators: (builder, error) => builder.op('Mul', [error, error]),
    cost: (error) => error * error,
    slope: (error) => 2 * error,
  });
}

/** `mean over K of: |y - t|`, for outputs y and targets t. At y = t the gradient is 0, as in Keras. */
export function meanAbsoluteError(): Loss {
  return distance({
    className: 'MeanAbsoluteError',
    operators: (builder, error) => builder.op('Abs', [error]),
    cost: Math.abs,
    slope: Math.sign,
  });
}

/**
 * `mean over K of: e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2)`, for errors `e = y - t`. Both are
 * `q (e - q / 2)` with `q = clip(e, -delta, delta)`, which has no branch, and q for its gradient.
 *
 * @throws {GraftError} `argument`, if delta is not positive.
 * @see Huber, P. J. (1964). Robust estimation of a location parameter. Annals of Mathematical Statistics 35.
 */
export function huber({ delta = 1 }: HuberOptions = {}): Loss {
  if (!(delta > 0 && Number.isFinite(delta))) {
    throw new GraftError('argument', {
      where: 'huber',
      expected: 'delta above 0',
      received: `${delta}`,
      advice: 'Give the size of error, in the unit of the targets, from which on it is an outlier.',
    });
  }
  const clip = (error: number): number => Math.min(Math.max(error, -delta), delta);
  return distance({
    className: 'Huber',
    operators(builder, error) {
      const clipped = builder.op('Clip', [error, builder.scalar(-delta), builder.scalar(delta)]);
      const half = builder.op('Mul', [clipped, builder.scalar(0.5)]);
      return builder.op('Mul', [clipped, builder.op('Sub', [error, half])]);
    },
    cost: (error) => clip(error) * (error - clip(error) / 2),
    slope: clip,
  });
}

/** One form of a function of the error, as operators and as numbers. */
interface Distance {
  readonly className: Loss['className'];
  readonly operators: (builder: GraphBuilder, error: Value) => Value;
  readonly cost: (error: number) => number;
  /** Derivative of the cost. */
  readonly slope: (error: number) => number;
}

function distance({ className, operators, cost, slope }: Distance): Loss {
  return {
    className,
    labelSmoothing: 0,
    activation: 'linear',
    target: 'perClass',
    perSample(builder, outputs, targets) {
      const each = operators(builder, builder.op('Sub', [outputs, targets]));
      return builder.op('ReduceMean', [each, builder.integers([1])], { keepdims: 0 });
    },
    evaluate(outputs, targets, size) {
      const width = outputs.length / size;
      return Float32Array.from({ length: size }, (_, sample) => {
        let sum = 0;
        for (let i = sample * width; i < (sample + 1) * width; i++) sum += cost(outputs[i]! - targets[i]!);
        return sum / width;
      });
    },
    gradient(outputs, targets, size) {
      const width = outputs.length / size;
      return outputs.map((output, i) => slope(output - targets[i]!) / width);
    },
  };
}
