/** @file Rows and columns of zeros around an image. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asChannelsFirst } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { imageShape } from './windows.ts';

const OPTIONS = {
  /** In pixels. Default 1. */
  padding: { type: 'sides', default: 1 },
  dataFormat: { type: 'fixed', value: 'channels_last' },
} as const;

export type ZeroPadding2DOptions = OptionsOf<typeof OPTIONS>;

export interface ZeroPadding2D extends ValuesOf<typeof OPTIONS> {}

/**
 * Adds zeros around an image `[N, H, W, C]`.
 *
 * @throws {GraftError} `argument`, if the padding is not of non-negative integers.
 */
export class ZeroPadding2D extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'ZeroPadding2D';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const { batch, height, width, channels } = imageShape(this.name, inputs[0]);
    const [[top, bottom], [left, right]] = this.padding;
    return [
      batch,
      height === null ? null : height + top + bottom,
      width === null ? null : width + left + right,
      channels,
    ];
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const [[top, bottom], [left, right]] = this.padding;
    // In NCHW, whatever the input has, so that ONNX Runtime can merge it into a convolution that follows.
    const x = asChannelsFirst(ops, inputs[0]!);
    const value = ops.pad(x, [0, 0, top, left, 0, 0, bottom, right], { name: `${this.name}/Pad` });
    return { value, layout: 'channelsFirst' };
  }
}
