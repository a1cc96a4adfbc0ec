/** @file Depthwise convolution: every channel with filters of its own. */

import type { Value } from '../graph/graph.ts';
import {
  type ActivationName,
  type ActivationOption,
  lowerActivation,
  resolveActivation,
} from './activations.ts';
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
import { asChannelsFirst } from './layout.ts';
import { imageShape, type Padding, resolvePads, type Window, windowedSize } from './windows.ts';

export interface DepthwiseConv2DOptions extends LayerOptions {
  readonly kernelSize: Pair;
  /** Default 1. */
  readonly strides?: Pair;
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Output channels for each input channel. Default 1. */
  readonly depthMultiplier?: number;
  /** Default 1. */
  readonly dilationRate?: Pair;
  /** Default `linear`. */
  readonly activation?: ActivationOption;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly depthwiseInitializer?: InitializerOption;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerOption;
}

/**
 * Depthwise convolution: input `[N, H, W, C]`, depthwise_kernel `[h, w, C, depthMultiplier]`,
 * bias `[C * depthMultiplier]`.
 *
 * @throws {GraftError} `shape`, if the input is no image.
 */
export class DepthwiseConv2D extends Layer {
  readonly className = 'DepthwiseConv2D';
  readonly window: Window;
  readonly depthMultiplier: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly depthwiseInitializer: Initializer;
  readonly biasInitializer: Initializer;

  constructor(options: DepthwiseConv2DOptions) {
    super(options);
    const where = `layer "${this.name}"`;
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
    this.biasInitializer = resolveInitializer(options.biasInitializer ?? 'zeros');
    requirePositiveIntegers(where, 'kernelSize', this.window.size);
    requirePositiveIntegers(where, 'strides', this.window.strides);
    requirePositiveIntegers(where, 'dilationRate', this.window.dilations);
    requirePositiveIntegers(where, 'depthMultiplier', this.depthMultiplier);
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const { channels } = imageShape(this.name, inputs[0]);
    const kernel = depthwiseKernelSpec(
      this.window,
      channels,
      this.depthMultiplier,
      this.depthwiseInitializer,
    );
    if (!this.useBias) return [kernel];
    const bias = [channels * this.depthMultiplier];
    return [kernel, { name: 'bias', shape: bias, initializer: this.biasInitializer }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const image = imageShape(this.name, inputs[0]);
    return [
      image.batch,
      ...windowedSize(this.name, image, this.window),
      image.channels * this.depthMultiplier,
    ];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const bias = this.useBias ? lowering.weight(this, 'bias') : undefined;
    const value = lowerDepthwise(lowering, this, this.window, inputs[0]!, bias, `${this.name}/Conv`);
    return lowerActivation(lowering.builder, this.activation, { value, layout: 'channelsFirst' }, this.name);
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      kernel_size: this.window.size,
      strides: this.window.strides,
      padding: this.window.padding,
      depth_multiplier: this.depthMultiplier,
      data_format: 'channels_last',
      dilation_rate: this.window.dilations,
      activation: this.activation,
      use_bias: this.useBias,
      depthwise_initializer: initializerToConfig(this.depthwiseInitializer),
      bias_initializer: initializerToConfig(this.biasInitializer),
    };
  }

  static fromConfig(config: LayerConfig): DepthwiseConv2D {
    requireChannelsLast(config);
    return new DepthwiseConv2D({
      ...readBase(config),
      kernelSize: readPair(config, 'kernel_size'),
      strides: readPair(config, 'strides', 1),
      padding: readChoice(config, 'padding', ['valid', 'same'], 'valid'),
      depthMultiplier: readNumber(config, 'depth_multiplier', 1),
      dilationRate: readPair(config, 'dilation_rate', 1),
      activation: resolveActivation(`layer "${String(config['name'])}"`, config['activation']),
      useBias: readBoolean(config, 'use_bias', true),
      depthwiseInitializer: readInitializer(config, 'depthwise_initializer', 'GlorotUniform'),
      biasInitializer: readInitializer(config, 'bias_initializer', 'Zeros'),
    });
  }
}

/** The kernel of a depthwise convolution: `[h, w, channels, multiplier]`, in the graph `[channels, multiplier, h, w]`. */
export function depthwiseKernelSpec(
  window: Window,
  channels: number,
  multiplier: number,
  initializer: Initializer,
): WeightSpec {
  return {
    name: 'depthwise_kernel',
    shape: [...window.size, channels, multiplier],
    initializer,
    graphOrder: [2, 3, 0, 1],
  };
}

/** Emits the convolution of a layer's `depthwise_kernel`; the result is NCHW. */
export function lowerDepthwise(
  lowering: Lowering,
  layer: Layer,
  window: Window,
  input: Lowered,
  bias: Value | undefined,
  name: string,
): Value {
  const { builder } = lowering;
  const image = imageShape(layer.name, layer.input.shape);
  const kernel = lowering.weight(layer, 'depthwise_kernel');
  const outputs = image.channels * layer.weight('depthwise_kernel').spec.shape[3]!;
  // ONNX wants [outputs, 1, h, w]: the same numbers in the same order.
  const filters =
    outputs === image.channels
      ? kernel
      : builder.op('Reshape', [kernel, builder.integers([outputs, 1, ...window.size])]);
  return builder.op(
    'Conv',
    [asChannelsFirst(builder, input), filters, bias],
    {
      strides: window.strides,
      dilations: window.dilations,
      pads: resolvePads(layer.name, image, window),
      group: image.channels,
    },
    { name },
  );
}
