/** @file Rows and columns of zeros around an image. */

import { GraftError } from '../errors/graft-error.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, requireChannelsLast } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { asChannelsFirst } from './layout.ts';
import { imageShape } from './windows.ts';

type Sides = readonly [before: number, after: number];

/** On all sides; for height and width; or `[[top, bottom], [left, right]]`. */
export type ZeroPadding = number | readonly [number, number] | readonly [Sides, Sides];

export interface ZeroPadding2DOptions extends LayerOptions {
  /** In pixels. Default 1. */
  readonly padding?: ZeroPadding;
}

/**
 * Adds zeros around an image `[N, H, W, C]`.
 *
 * @throws {GraftError} `argument`, if the padding is not of non-negative integers.
 */
export class ZeroPadding2D extends Layer {
  readonly className = 'ZeroPadding2D';
  /** `[[top, bottom], [left, right]]` */
  readonly padding: readonly [Sides, Sides];

  constructor(options: ZeroPadding2DOptions = {}) {
    super(options);
    const padding = options.padding ?? 1;
    const [vertical, horizontal] = typeof padding === 'number' ? [padding, padding] : padding;
    this.padding = [bothSides(vertical), bothSides(horizontal)];
    if (!this.padding.flat().every((size) => Number.isInteger(size) && size >= 0)) {
      throw new GraftError('argument', {
        where: `layer "${this.name}"`,
        expected: 'padding of integers from 0',
        received: JSON.stringify(padding),
        advice: 'Correct padding.',
      });
    }
  }

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

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const [[top, bottom], [left, right]] = this.padding;
    // In NCHW, whatever the input has, so that ONNX Runtime can merge it into a convolution that follows.
    const x = asChannelsFirst(builder, inputs[0]!);
    const pads = builder.integers([0, 0, top, left, 0, 0, bottom, right]);
    const value = builder.op('Pad', [x, pads], {}, { name: `${this.name}/Pad` });
    return { value, layout: 'channelsFirst' };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      padding: this.padding,
      data_format: 'channels_last',
    };
  }

  static fromConfig(config: LayerConfig): ZeroPadding2D {
    requireChannelsLast(config);
    return new ZeroPadding2D({ ...readBase(config), padding: (config['padding'] ?? 1) as ZeroPadding });
  }
}

function bothSides(sides: number | Sides): Sides {
  return typeof sides === 'number' ? [sides, sides] : sides;
}
