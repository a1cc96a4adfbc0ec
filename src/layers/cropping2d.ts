/** @file Cuts rows and columns off an image's sides. */

import { GraftError } from '../errors/graft-error.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, requireChannelsLast } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { asChannelsFirst } from './layout.ts';
import { imageShape, showShape } from './windows.ts';

type Sides = readonly [before: number, after: number];

/** On all sides; for height and width; or `[[top, bottom], [left, right]]`. */
export type Cropping = number | readonly [number, number] | readonly [Sides, Sides];

export interface Cropping2DOptions extends LayerOptions {
  /** In pixels. Default `[[0, 0], [0, 0]]`, as in Keras. */
  readonly cropping?: Cropping;
}

/**
 * Cuts an image `[N, H, W, C]`.
 *
 * @throws {GraftError} `argument`, if the cropping is not of non-negative integers; `shape`, if nothing is left.
 */
export class Cropping2D extends Layer {
  readonly className = 'Cropping2D';
  /** `[[top, bottom], [left, right]]` */
  readonly cropping: readonly [Sides, Sides];

  constructor(options: Cropping2DOptions = {}) {
    super(options);
    const cropping = options.cropping ?? 0;
    const [vertical, horizontal] = typeof cropping === 'number' ? [cropping, cropping] : cropping;
    this.cropping = [bothSides(vertical), bothSides(horizontal)];
    if (!this.cropping.flat().every((size) => Number.isInteger(size) && size >= 0)) {
      throw new GraftError('argument', {
        where: `layer "${this.name}"`,
        expected: 'cropping of integers from 0',
        received: JSON.stringify(cropping),
        advice: 'Correct cropping.',
      });
    }
  }

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

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const [[top, bottom], [left, right]] = this.cropping;
    const x = asChannelsFirst(builder, inputs[0]!);
    // A negative end counts from the end; ONNX cuts an end that lies beyond.
    const end = (after: number): number => (after === 0 ? 2 ** 31 - 1 : -after);
    const value = builder.op(
      'Slice',
      [
        x,
        builder.integers([top, left]),
        builder.integers([end(bottom), end(right)]),
        builder.integers([2, 3]),
      ],
      {},
      { name: `${this.name}/Slice` },
    );
    return { value, layout: 'channelsFirst' };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      cropping: this.cropping,
      data_format: 'channels_last',
    };
  }

  static fromConfig(config: LayerConfig): Cropping2D {
    requireChannelsLast(config);
    return new Cropping2D({ ...readBase(config), cropping: (config['cropping'] ?? 0) as Cropping });
  }
}

function bothSides(sides: number | Sides): Sides {
  return typeof sides === 'number' ? [sides, sides] : sides;
}
