/** @file The channels that layers normalize along, their last axis. */

import { GraftError } from '../errors/graft-error.ts';
import type { LayerShape } from './layer-shape.ts';
import { showShape } from './windows.ts';

/**
 * How many channels there are.
 *
 * @throws {GraftError} `shape`, if that is not known, or `axis` is another than the last.
 */
export function lastAxisChannels(
  { name, axis }: { readonly name: string; readonly axis: number },
  shape: LayerShape,
): number {
  const channels = shape.at(-1);
  const axisIsLast = axis === -1 || axis === shape.length - 1;
  if (shape.length > 1 && axisIsLast && typeof channels === 'number') return channels;
  throw new GraftError('shape', {
    where: `layer "${name}"`,
    expected: 'an input [N, ..., C] with a known C, normalized along its last axis',
    received: `${showShape(shape)}, axis ${axis}`,
    advice: 'Put the channels last.',
  });
}
