/** @file The losses there are. */

import { GraftError } from '../errors/graft-error.ts';
import { binaryCrossentropy } from './binary-crossentropy.ts';
import { categoricalCrossentropy } from './categorical-crossentropy.ts';
import { type HuberOptions, huber, meanAbsoluteError, meanSquaredError } from './distances.ts';
import type { CrossentropyOptions } from './label-smoothing.ts';
import type { Loss } from './loss.ts';
import { sparseCategoricalCrossentropy } from './sparse-categorical-crossentropy.ts';

/** Makes losses: `losses.binaryCrossentropy({ labelSmoothing: 0.1 })`. */
export const losses: {
  /** Of one probability per class against 0 or 1, e.g. behind a sigmoid. */
  readonly binaryCrossentropy: (options?: CrossentropyOptions) => Loss;
  /** Of a softmax against one-hot classes. */
  readonly categoricalCrossentropy: (options?: CrossentropyOptions) => Loss;
  /** Of a softmax against indices of classes. */
  readonly sparseCategoricalCrossentropy: () => Loss;
  /** Mean of the squared differences. */
  readonly meanSquaredError: () => Loss;
  /** Mean of the absolute differences. */
  readonly meanAbsoluteError: () => Loss;
  /** Squared near zero, absolute beyond `delta`. */
  readonly huber: (options?: HuberOptions) => Loss;
} = {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  meanSquaredError,
  meanAbsoluteError,
  huber,
};

/** The name of a loss. */
export type LossName = keyof typeof losses;

/** Keras' short names. */
const SHORT_NAMES: ReadonlyMap<string, LossName> = new Map([
  ['mse', 'meanSquaredError'],
  ['mae', 'meanAbsoluteError'],
]);

/**
 * The loss that is meant: a loss, or the name of one as here or in Keras (`binary_crossentropy`, `mse`).
 *
 * @throws {GraftError} `argument`, if no loss has that name.
 */
export function resolveLoss(option: Loss | LossName | (string & Record<never, never>)): Loss {
  if (typeof option !== 'string') return option;
  const wanted = option.replaceAll('_', '').toLowerCase();
  const names = Object.keys(losses) as LossName[];
  const name = SHORT_NAMES.get(wanted) ?? names.find((each) => each.toLowerCase() === wanted);
  if (name !== undefined) return losses[name]();
  throw new GraftError('argument', {
    where: 'loss',
    expected: `one of ${names.join(', ')}`,
    received: `"${option}"`,
    advice: 'Choose one of these.',
  });
}
