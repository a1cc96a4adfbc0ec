/** @file Cuts rows and columns off an image's sides. */

import { GraftError } from '../errors/graft-error.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asChannelsFirst } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { imageShape, showShape } from './windows.ts';

const OPTIONS = {
  /** In pixels. Default `[[0, 0], [0, 0]]`, as in Keras. */
  cropping: { type: 'sides', default: 0 },
  dataFormat: { type: 'fixed', value: 'channels_last' },
} as const;

export type Cropping2DOptions = OptionsOf<typeof OPTIONS>;

export interface Cropping2D extends ValuesOf<typeof OPTIONS> {}

/**
 * Cuts an image `[N, H, W, C]`.
 *
 * @throws {GraftError} `argument`, if the cropping is not of non-negative integers; `shape`, if nothing is left.
 */
export class Cropping2D extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Cropping2D';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const { batch, height, width, channels } = imageShape(this.name, inputs[0]);
    const [[top, bottom], [left, right]] = this.cropping;
    if ((height !== null && top + bottom >= height) || (width !== null && left + right >= width)) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `an image of more than ${top + bottom} rows and ${left + right} columns`,
        received: showShape(inputs[0]!),
        advice: 'Crop less, or give a larger image.',
      });
    }
    return [
      batch,
      height === null ? null : height - top - bottom,
      width === null ? null : width - left - right,
      channels,
    ];
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const [[top, bottom], [left, right]] = this.cropping;
    const x = asChannelsFirst(ops, inputs[0]!);
    // A negative end counts from the end; ONNX cuts an end that lies beyond.
    const end = (after: number): number => (after === 0 ? 2 ** 31 - 1 : -after);
    const ends = [end(bottom), end(right)];
    const value = ops.slice(x, [2, 3], [top, left], ends, undefined, { name: `${this.name}/Slice` });
    return { value, layout: 'channelsFirst' };
  }
}
