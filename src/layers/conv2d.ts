/** @file Two-dimensional convolution. */

import { GraftError } from '../errors/graft-error.ts';
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

export interface Conv2DOptions extends LayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  readonly kernelSize: Pair;
  /** Default 1. */
  readonly strides?: Pair;
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Default 1. */
  readonly dilationRate?: Pair;
  /** Input channels are split into this many groups, each with its own filters. Default 1. */
  readonly groups?: number;
  /** Default `linear`. */
  readonly activation?: ActivationOption;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerOption;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerOption;
}

/**
 * Convolution: input `[N, H, W, C]`, kernel `[h, w, C / groups, filters]`, bias `[filters]`.
 *
 * @throws {GraftError} `shape`, if the input is no image, or its channels or `filters` do not divide into the groups.
 */
export class Conv2D extends Layer {
  readonly className = 'Conv2D';
  readonly filters: number;
  readonly window: Window;
  readonly groups: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;

  constructor(options: Conv2DOptions) {
    super(options);
    this.filters = options.filters;
    this.window = {
      size: asPair(options.kernelSize),
      strides: asPair(options.strides ?? 1),
      dilations: asPair(options.dilationRate ?? 1),
      padding: options.padding ?? 'valid',
    };
    this.groups = options.groups ?? 1;
    this.activation = resolveActivation(this.#where, options.activation);
    this.useBias = options.useBias ?? true;
    this.kernelInitializer = resolveInitializer(options.kernelInitializer ?? 'glorotUniform');
    this.biasInitializer = resolveInitializer(options.biasInitializer ?? 'zeros');
    requirePositiveIntegers(this.#where, 'filters', this.filters);
    requirePositiveIntegers(this.#where, 'kernelSize', this.window.size);
    requirePositiveIntegers(this.#where, 'strides', this.window.strides);
    requirePositiveIntegers(this.#where, 'dilationRate', this.window.dilations);
    requirePositiveIntegers(this.#where, 'groups', this.groups);
  }

  get #where(): string {
    return `layer "${this.name}"`;
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const { channels } = imageShape(this.name, inputs[0]);
    if (channels % this.groups !== 0 || this.filters % this.groups !== 0) {
      throw new GraftError('shape', {
        where: this.#where,
        expected: `input channels and filters that divide into ${this.groups} groups`,
        received: `${channels} channels, ${this.filters} filters`,
        advice: 'Change groups or filters.',
      });
    }
    const kernel: WeightSpec = {
      name: 'kernel',
      shape: [...this.window.size, channels / this.groups, this.filters],
      initializer: this.kernelInitializer,
      graphOrder: [3, 2, 0, 1],
    };
    if (!this.useBias) return [kernel];
    return [kernel, { name: 'bias', shape: [this.filters], initializer: this.biasInitializer }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const image = imageShape(this.name, inputs[0]);
    return [image.batch, ...windowedSize(this.name, image, this.window), this.filters];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder } = lowering;
    const x = asChannelsFirst(builder, inputs[0]!);
    const value = builder.op(
      'Conv',
      [x, lowering.weight(this, 'kernel'), this.useBias ? lowering.weight(this, 'bias') : undefined],
      {
        strides: this.window.strides,
        dilations: this.window.dilations,
        pads: resolvePads(this.name, imageShape(this.name, this.input.shape), this.window),
        group: this.groups,
      },
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
      groups: this.groups,
      activation: this.activation,
      use_bias: this.useBias,
      kernel_initializer: initializerToConfig(this.kernelInitializer),
      bias_initializer: initializerToConfig(this.biasInitializer),
    };
  }

  static fromConfig(config: LayerConfig): Conv2D {
    requireChannelsLast(config);
    return new Conv2D({
      ...readBase(config),
      filters: readNumber(config, 'filters'),
      kernelSize: readPair(config, 'kernel_size'),
      strides: readPair(config, 'strides', 1),
      padding: readChoice(config, 'padding', ['valid', 'same'], 'valid'),
      dilationRate: readPair(config, 'dilation_rate', 1),
      groups: readNumber(config, 'groups', 1),
      activation: resolveActivation(`layer "${String(config['name'])}"`, config['activation']),
      useBias: readBoolean(config, 'use_bias', true),
      kernelInitializer: readInitializer(config, 'kernel_initializer', 'GlorotUniform'),
      biasInitializer: readInitializer(config, 'bias_initializer', 'Zeros'),
    });
  }
}
