/** @file Losses of numbers: the mean squared error, the mean absolute error, and Huber's between them. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Loss } from './loss.ts';

export interface HuberOptions {
  /** Where the loss goes over from squared to absolute, in the targets' unit, > 0. Default 1. */
  readonly delta?: number;
}

/** `mean over K of: (y - t)^2`, for outputs y and targets t. */
export function meanSquaredError(): Loss {
  return distance({
    className: 'MeanSquaredError',
    operators: (ops, error) => ops.square(error),
    cost: (error) => error * error,
    slope: (error) => 2 * error,
  });
}

/** `mean over K of: |y - t|`, for outputs y and targets t. At y = t the gradient is 0, as in Keras. */
export function meanAbsoluteError(): Loss {
  return distance({
    className: 'MeanAbsoluteError',
    operators: (ops, error) => ops.abs(error),
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
    operators(ops, error) {
      const clipped = ops.clip(error, -delta, delta);
      return ops.mul(clipped, ops.sub(error, ops.mul(clipped, 0.5)));
    },
    cost: (error) => clip(error) * (error - clip(error) / 2),
    slope: clip,
  });
}

/** One form of a function of the error, as operators and as numbers. */
interface Distance {
  readonly className: Loss['className'];
  readonly operators: (ops: Ops, error: Value) => Value;
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
    perSample(ops, outputs, targets) {
      return ops.mean(operators(ops, ops.sub(outputs, targets)), [1], 0);
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
