/** @file Layer normalization: over the channels of every position. */

import { GraftError } from '../errors/graft-error.ts';
import {
  type Initializer,
  type InitializerOption,
  initializerToConfig,
  resolveInitializer,
} from './initializers.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering, type WeightSpec } from './layer.ts';
import {
  baseConfig,
  type LayerConfig,
  readBase,
  readBoolean,
  readInitializer,
  readNumber,
} from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { asPlain } from './layout.ts';
import { showShape } from './windows.ts';

export interface LayerNormalizationOptions extends LayerOptions {
  /** The axis to normalize along; only the last one is supported. Default -1. */
  readonly axis?: number;
  /** Added to the variance, > 0. Default 1e-3. */
  readonly epsilon?: number;
  /** Whether there is a `beta`. Default true. */
  readonly center?: boolean;
  /** Whether there is a `gamma`. Default true. */
  readonly scale?: boolean;
  /** Default `zeros`. */
  readonly betaInitializer?: InitializerOption;
  /** Default `ones`. */
  readonly gammaInitializer?: InitializerOption;
}

/**
 * `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`, mean and variance of each sample's each position along
 * the last axis. The shape stays; `gamma` and `beta` are `[C]`.
 *
 * @throws {GraftError} `shape`, if the axis is not the last one or its size is unknown.
 * @see https://arxiv.org/abs/1607.06450
 */
export class LayerNormalization extends Layer {
  readonly className = 'LayerNormalization';
  readonly axis: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly betaInitializer: Initializer;
  readonly gammaInitializer: Initializer;

  constructor(options: LayerNormalizationOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.epsilon = options.epsilon ?? 1e-3;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.betaInitializer = resolveInitializer(options.betaInitializer ?? 'zeros');
    this.gammaInitializer = resolveInitializer(options.gammaInitializer ?? 'ones');
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const shape = [this.#channels(inputs[0]!)];
    return [
      ...(this.scale ? [{ name: 'gamma', shape, initializer: this.gammaInitializer }] : []),
      ...(this.center ? [{ name: 'beta', shape, initializer: this.betaInitializer }] : []),
    ];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder } = lowering;
    // Channels last, and in this order of operators: ONNX Runtime puts its one kernel in their place.
    const x = asPlain(builder, inputs[0]!);
    const axes = builder.integers([-1]);
    const centred = builder.op('Sub', [x, builder.op('ReduceMean', [x, axes], { keepdims: 1 })]);
    const squares = builder.op('Pow', [centred, builder.scalar(2)]);
    const variance = builder.op('ReduceMean', [squares, axes], { keepdims: 1 });
    const deviation = builder.op('Sqrt', [builder.op('Add', [variance, builder.scalar(this.epsilon)])]);
    let value = builder.op('Div', [centred, deviation]);
    if (this.scale) value = builder.op('Mul', [value, lowering.weight(this, 'gamma')]);
    if (this.center) {
      value = builder.op('Add', [value, lowering.weight(this, 'beta')], {}, { name: `${this.name}/Add` });
    }
    return { value, layout: 'plain' };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      axis: [this.axis],
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      beta_initializer: initializerToConfig(this.betaInitializer),
      gamma_initializer: initializerToConfig(this.gammaInitializer),
    };
  }

  static fromConfig(config: LayerConfig): LayerNormalization {
    // Keras writes the axis as a number before the layer is built, as a list after it.
    const axis = Array.isArray(config['axis']) ? { ...config, axis: config['axis'][0] } : config;
    return new LayerNormalization({
      ...readBase(config),
      axis: readNumber(axis, 'axis', -1),
      epsilon: readNumber(config, 'epsilon', 1e-3),
      center: readBoolean(config, 'center', true),
      scale: readBoolean(config, 'scale', true),
      betaInitializer: readInitializer(config, 'beta_initializer', 'Zeros'),
      gammaInitializer: readInitializer(config, 'gamma_initializer', 'Ones'),
    });
  }

  #channels(shape: LayerShape): number {
    const channels = shape.at(-1);
    const axisIsLast = this.axis === -1 || this.axis === shape.length - 1;
    if (shape.length > 1 && axisIsLast && typeof channels === 'number') return channels;
    throw new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: 'an input [N, ..., C] with a known C, normalized along its last axis',
      received: `${showShape(shape)}, axis ${this.axis}`,
      advice: 'Put the channels last.',
    });
  }
}
