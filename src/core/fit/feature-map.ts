/** @file The feature map that a trained part begins with: what CutMix can put rectangles into. */

import { GraftError } from '../errors/graft-error.ts';
import type { TrainedPart } from '../steps/freeze-boundary.ts';
import type { ImageSize } from './mixing.ts';

/** The smallest side. A rectangle reaches as far to both sides of its middle, at most half of the map: of 2, nowhere. */
const MIN_SIDE = 3;

/**
 * Height, width and channels of the features. Behind a Flatten they are those in front of it, whose numbers lie in the
 * same order.
 *
 * @throws {GraftError} `argument`, if the features are no map, or one that is too small.
 */
export function findFeatureMap({ boundary }: Pick<TrainedPart, 'boundary'>): ImageSize {
  const { layer, inputs } = boundary;
  const flattened = layer.className === 'Flatten' ? inputs[0] : undefined;
  const { shape } = flattened ?? boundary;
  const [, height, width, channels] = shape;
  if (
    shape.length !== 4 ||
    typeof height !== 'number' ||
    typeof width !== 'number' ||
    typeof channels !== 'number'
  ) {
    throw notCuttable(
      `[height, width, channels] where the trained part begins`,
      `${show(shape)} of layer "${layer.name}"`,
      'Take a --cut, or an --unfreeze, whose layer gives a feature map, or --mixup, which needs none.',
    );
  }
  if (Math.min(height, width) >= MIN_SIDE) return { height, width, channels };
  throw notCuttable(
    `a feature map of at least ${MIN_SIDE} x ${MIN_SIDE} where the trained part begins`,
    `${height} x ${width} of layer "${(flattened ?? boundary).layer.name}"`,
    'Take a larger --size, an earlier --cut, or --mixup, which needs no map.',
  );
}

function show(shape: readonly (number | null)[]): string {
  return `[${shape
    .slice(1)
    .map((size) => size ?? '?')
    .join(', ')}]`;
}

function notCuttable(expected: string, received: string, advice: string): GraftError {
  return new GraftError('argument', { where: 'cutmix', expected, received, advice });
}
