/** @file What the two pooling layers with a window share. */

import { Layer, type LayerOptions } from './layer.ts';
import {
  asPair,
  baseConfig,
  type LayerConfig,
  type Pair,
  readBase,
  readChoice,
  readPair,
  requireChannelsLast,
  requirePositiveIntegers,
} from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { imageShape, type Padding, resolvePads, type Window, windowedSize } from './windows.ts';

export interface Pooling2DOptions extends LayerOptions {
  /** Default 2. */
  readonly poolSize?: Pair;
  /** Default: `poolSize`. */
  readonly strides?: Pair;
  /** Default `valid`. */
  readonly padding?: Padding;
}

/** Input `[N, H, W, C]`; the channels stay. */
export abstract class Pooling2D extends Layer {
  readonly window: Window;

  constructor(options: Pooling2DOptions = {}) {
    super(options);
    const size = asPair(options.poolSize ?? 2);
    this.window = {
      size,
      strides: asPair(options.strides ?? size),
      dilations: [1, 1],
      padding: options.padding ?? 'valid',
    };
    const where = `layer "${options.name ?? 'pooling'}"`;
    requirePositiveIntegers(where, 'poolSize', this.window.size);
    requirePositiveIntegers(where, 'strides', this.window.strides);
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const image = imageShape(this.name, inputs[0]);
    return [image.batch, ...windowedSize(this.name, image, this.window), image.channels];
  }

  /** The attributes of ONNX' operator. */
  protected poolAttributes(): {
    readonly kernel_shape: readonly number[];
    readonly strides: readonly number[];
    readonly pads: readonly number[];
  } {
    const pads = resolvePads(this.name, imageShape(this.name, this.input.shape), this.window);
    return { kernel_shape: this.window.size, strides: this.window.strides, pads };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      pool_size: this.window.size,
      padding: this.window.padding,
      strides: this.window.strides,
      data_format: 'channels_last',
    };
  }
}

/** The options of a pooling layer's configuration. */
export function readPooling(config: LayerConfig): Pooling2DOptions {
  requireChannelsLast(config);
  const poolSize = readPair(config, 'pool_size', 2);
  return {
    ...readBase(config),
    poolSize,
    strides: readPair(config, 'strides', poolSize),
    padding: readChoice(config, 'padding', ['valid', 'same'], 'valid'),
  };
}
