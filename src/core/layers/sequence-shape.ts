/** @file What layers for sequences of vectors expect of their inputs. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { LayerShape } from './layer-shape.ts';
import { showShape } from './windows.ts';

/**
 * The width D of a sequence `[N, S, D]`, which a mask `[N, S]` may stand beside.
 *
 * @throws {GraftError} `shape`, if the inputs are others.
 */
export function sequenceWidth(layerName: string, inputs: readonly LayerShape[]): number {
  const [sequence = [], mask] = inputs;
  const width = sequence[2];
  const isMask = mask === undefined || mask.length === 2;
  if (sequence.length === 3 && typeof width === 'number' && isMask && inputs.length <= 2) return width;
  throw new GraftError('shape', {
    where: `layer "${layerName}"`,
    expected: 'an input [N, S, D] with a known D, and perhaps a mask [N, S]',
    received: inputs.map(showShape).join(', '),
    advice: 'Apply it to a sequence of vectors, or to [sequence, mask].',
  });
}

/** A shape of the graph as layers have it. */
export function toLayerShape({ shape }: Value): LayerShape {
  return shape.map((size) => (typeof size === 'number' ? size : null));
}
