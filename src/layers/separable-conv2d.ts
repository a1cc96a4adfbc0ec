/** @file Separable convolution: a depthwise one, then a 1 x 1 one over the channels. */

import {
  type ActivationName,
  type ActivationOption,
  lowerActivation,
  resolveActivation,
} from './activations.ts';
import { depthwiseKernelSpec, lowerDepthwise } from './depthwise-conv2d.ts';
import {
  type Initializer,
  type InitializerOption,
  initializerToConfig,
  resolveInitializer,
} from './initializers.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering, type WeightSpec } from './layer.ts';
import {
  asPair,
  baseConfig,
  type LayerConfig,
  type Pair,
  readBase,
  readBoolean,
  readChoice,
  readInitializer,
  readNumber,
  readPair,
  requireChannelsLast,
  requirePositiveIntegers,
} from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { imageShape, type Padding, type Window, windowedSize } from './windows.ts';

export interface SeparableConv2DOptions extends LayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  readonly kernelSize: Pair;
  /** Default 1. */
  readonly strides?: Pair;
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Default 1. */
  readonly dilationRate?: Pair;
  /** Channels between the two convolutions, for each input channel. Default 1. */
  readonly depthMultiplier?: number;
  /** Default `linear`. */
  readonly activation?: ActivationOption;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly depthwiseInitializer?: InitializerOption;
  /** Default `glorotUniform`. */
  readonly pointwiseInitializer?: InitializerOption;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerOption;
}

/**
 * Separable convolution: input `[N, H, W, C]`, depthwise_kernel `[h, w, C, depthMultiplier]`,
 * pointwise_kernel `[1, 1, C * depthMultiplier, filters]`, bias `[filters]`.
 *
 * @throws {GraftError} `shape`, if the input is no image.
 * @see https://arxiv.org/abs/1610.02357
 */
export class SeparableConv2D extends Layer {
  readonly className = 'SeparableConv2D';
  readonly filters: number;
  readonly window: Window;
  readonly depthMultiplier: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly depthwiseInitializer: Initializer;
  readonly pointwiseInitializer: Initializer;
  readonly biasInitializer: Initializer;

  constructor(options: SeparableConv2DOptions) {
    super(options);
    const where = `layer "${this.name}"`;
    this.filters = options.filters;
    this.window = {
      size: asPair(options.kernelSize),
      strides: asPair(options.strides ?? 1),
      dilations: asPair(options.dilationRate ?? 1),
      padding: options.padding ?? 'valid',
    };
    this.depthMultiplier = options.depthMultiplier ?? 1;
    this.activation = resolveActivation(where, options.activation);
    this.useBias = options.useBias ?? true;
    this.depthwiseInitializer = resolveInitializer(options.depthwiseInitializer ?? 'glorotUniform');
    this.pointwiseInitializer = resolveInitializer(options.pointwiseInitializer ?? 'glorotUniform');
    this.biasInitializer = resolveInitializer(options.biasInitializer ?? 'zeros');
    requirePositiveIntegers(where, 'filters', this.filters);
    requirePositiveIntegers(where, 'kernelSize', this.window.size);
    requirePositiveIntegers(where, 'strides', this.window.strides);
    requirePositiveIntegers(where, 'dilationRate', this.window.dilations);
    requirePositiveIntegers(where, 'depthMultiplier', this.depthMultiplier);
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const { channels } = imageShape(this.name, inputs[0]);
    const depthwise = depthwiseKernelSpec(
      this.window,
      channels,
      this.depthMultiplier,
      this.depthwiseInitializer,
    );
    const pointwise: WeightSpec = {
      name: 'pointwise_kernel',
      shape: [1, 1, channels * this.depthMultiplier, this.filters],
      initializer: this.pointwiseInitializer,
      graphOrder: [3, 2, 0, 1],
    };
    if (!this.useBias) return [depthwise, pointwise];
    const bias = { name: 'bias', shape: [this.filters], initializer: this.biasInitializer };
    return [depthwise, pointwise, bias];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const image = imageShape(this.name, inputs[0]);
    return [image.batch, ...windowedSize(this.name, image, this.window), this.filters];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder } = lowering;
    const depthwise = lowerDepthwise(
      lowering,
      this,
      this.window,
      inputs[0]!,
      undefined,
      `${this.name}/DepthwiseConv`,
    );
    const value = builder.op(
      'Conv',
      [
        depthwise,
        lowering.weight(this, 'pointwise_kernel'),
        this.useBias ? lowering.weight(this, 'bias') : undefined,
      ],
      {},
      { name: `${this.name}/Conv` },
    );
    return lowerActivation(builder, this.activation, { value, layout: 'channelsFirst' }, this.name);
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      filters: this.filters,
      kernel_size: this.window.size,
      strides: this.window.strides,
      padding: this.window.padding,
      data_format: 'channels_last',
      dilation_rate: this.window.dilations,
      depth_multiplier: this.depthMultiplier,
      activation: this.activation,
      use_bias: this.useBias,
      depthwise_initializer: initializerToConfig(this.depthwiseInitializer),
      pointwise_initializer: initializerToConfig(this.pointwiseInitializer),
      bias_initializer: initializerToConfig(this.biasInitializer),
    };
  }

  static fromConfig(config: LayerConfig): SeparableConv2D {
    requireChannelsLast(config);
    return new SeparableConv2D({
      ...readBase(config),
      filters: readNumber(config, 'filters'),
      kernelSize: readPair(config, 'kernel_size'),
      strides: readPair(config, 'strides', 1),
      padding: readChoice(config, 'padding', ['valid', 'same'], 'valid'),
      dilationRate: readPair(config, 'dilation_rate', 1),
      depthMultiplier: readNumber(config, 'depth_multiplier', 1),
      activation: resolveActivation(`layer "${String(config['name'])}"`, config['activation']),
      useBias: readBoolean(config, 'use_bias', true),
      depthwiseInitializer: readInitializer(config, 'depthwise_initializer', 'GlorotUniform'),
      pointwiseInitializer: readInitializer(config, 'pointwise_initializer', 'GlorotUniform'),
      biasInitializer: readInitializer(config, 'bias_initializer', 'Zeros'),
    });
  }
}
