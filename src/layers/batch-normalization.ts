/** @file Batch normalization with moving statistics. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import { floats } from '../tensor/tensor.ts';
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
import { asChannelsFirst } from './layout.ts';
import { showShape } from './windows.ts';

export interface BatchNormalizationOptions extends LayerOptions {
  /** The channels' axis; only the last one is supported. Default -1. */
  readonly axis?: number;
  /** Of the moving statistics. Default 0.99. */
  readonly momentum?: number;
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
  /** Default `zeros`. */
  readonly movingMeanInitializer?: InitializerOption;
  /** Default `ones`. */
  readonly movingVarianceInitializer?: InitializerOption;
}

/**
 * Batch normalization: `y = gamma * (x - moving_mean) / sqrt(moving_variance + epsilon) + beta`, each weight `[C]`.
 * Input `[N, H, W, C]` or `[N, C]`.
 *
 * A trainable layer in a training step takes mean and variance of the batch instead, over all axes but the last, and
 * moves its statistics: `moving = momentum * moving + (1 - momentum) * batch`. The variance is that of the batch
 * itself, divided by the count of its numbers, in both places. A frozen layer computes as for inference and moves
 * nothing, as in Keras: small batches of a new task would replace statistics of the pretraining that all later layers
 * were trained with.
 *
 * @throws {GraftError} `shape`, if the input has another rank or `axis` is not the last.
 * @see https://arxiv.org/abs/1502.03167
 */
export class BatchNormalization extends Layer {
  readonly className = 'BatchNormalization';
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly betaInitializer: Initializer;
  readonly gammaInitializer: Initializer;
  readonly movingMeanInitializer: Initializer;
  readonly movingVarianceInitializer: Initializer;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.momentum = options.momentum ?? 0.99;
    this.epsilon = options.epsilon ?? 1e-3;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.betaInitializer = resolveInitializer(options.betaInitializer ?? 'zeros');
    this.gammaInitializer = resolveInitializer(options.gammaInitializer ?? 'ones');
    this.movingMeanInitializer = resolveInitializer(options.movingMeanInitializer ?? 'zeros');
    this.movingVarianceInitializer = resolveInitializer(options.movingVarianceInitializer ?? 'ones');
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const shape = [this.#channels(inputs[0]!)];
    const statistics = [
      { name: 'moving_mean', shape, initializer: this.movingMeanInitializer },
      { name: 'moving_variance', shape, initializer: this.movingVarianceInitializer },
    ].map((spec) => ({ ...spec, trainable: false, moving: true }));
    return [
      ...(this.scale ? [{ name: 'gamma', shape, initializer: this.gammaInitializer }] : []),
      ...(this.center ? [{ name: 'beta', shape, initializer: this.betaInitializer }] : []),
      ...statistics,
    ];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    if (lowering.training && this.trainable) return this.#lowerByBatch(lowering, inputs[0]!);
    const { builder } = lowering;
    const channels = this.#channels(this.input.shape);
    const filled = (value: number): Value =>
      builder.constant(floats([channels], new Float32Array(channels).fill(value)), `${this.name}/fixed`);
    const isImage = this.input.shape.length === 4;
    const value = builder.op(
      'BatchNormalization',
      [
        isImage ? asChannelsFirst(builder, inputs[0]!) : inputs[0]!.value,
        this.scale ? lowering.weight(this, 'gamma') : filled(1),
        this.center ? lowering.weight(this, 'beta') : filled(0),
        lowering.weight(this, 'moving_mean'),
        lowering.weight(this, 'moving_variance'),
      ],
      { epsilon: this.epsilon },
      { name: `${this.name}/BatchNormalization` },
    );
    return { value, layout: isImage ? 'channelsFirst' : 'plain' };
  }

  /** By the statistics of the batch. */
  #lowerByBatch(lowering: Lowering, input: Lowered): Lowered {
    const { builder } = lowering;
    const isImage = this.input.shape.length === 4;
    const x = isImage ? asChannelsFirst(builder, input) : input.value;
    const axes = builder.integers(isImage ? [0, 2, 3] : [0]);
    const perChannel = (name: string): Value => {
      const weight = lowering.weight(this, name);
      return isImage ? builder.op('Reshape', [weight, builder.integers([1, -1, 1, 1])]) : weight;
    };
    const mean = builder.op('ReduceMean', [x, axes], { keepdims: 1 });
    const centred = builder.op('Sub', [x, mean]);
    const squares = builder.op('Mul', [centred, centred]);
    const variance = builder.op('ReduceMean', [squares, axes], { keepdims: 1 });
    const deviation = builder.op('Sqrt', [builder.op('Add', [variance, builder.scalar(this.epsilon)])]);
    const slope = this.scale
      ? builder.op('Div', [perChannel('gamma'), deviation])
      : builder.op('Reciprocal', [deviation]);
    const scaled = builder.op('Mul', [centred, slope]);
    const value = this.center ? builder.op('Add', [scaled, perChannel('beta')]) : scaled;
    for (const [name, batch] of [
      ['moving_mean', mean],
      ['moving_variance', variance],
    ] as const) {
      const kept = builder.op('Mul', [lowering.weight(this, name), builder.scalar(this.momentum)]);
      const flat = builder.op('Reshape', [batch, builder.integers([-1])]);
      const fresh = builder.op('Mul', [flat, builder.scalar(1 - this.momentum)]);
      lowering.moveStatistic(this, name, builder.op('Add', [kept, fresh]));
    }
    return { value, layout: isImage ? 'channelsFirst' : 'plain' };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      axis: this.axis,
      momentum: this.momentum,
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      beta_initializer: initializerToConfig(this.betaInitializer),
      gamma_initializer: initializerToConfig(this.gammaInitializer),
      moving_mean_initializer: initializerToConfig(this.movingMeanInitializer),
      moving_variance_initializer: initializerToConfig(this.movingVarianceInitializer),
    };
  }

  static fromConfig(config: LayerConfig): BatchNormalization {
    // Keras 2 wrote the axis as a list of one.
    const axis = Array.isArray(config['axis']) ? { ...config, axis: config['axis'][0] } : config;
    return new BatchNormalization({
      ...readBase(config),
      axis: readNumber(axis, 'axis', -1),
      momentum: readNumber(config, 'momentum', 0.99),
      epsilon: readNumber(config, 'epsilon', 1e-3),
      center: readBoolean(config, 'center', true),
      scale: readBoolean(config, 'scale', true),
      betaInitializer: readInitializer(config, 'beta_initializer', 'Zeros'),
      gammaInitializer: readInitializer(config, 'gamma_initializer', 'Ones'),
      movingMeanInitializer: readInitializer(config, 'moving_mean_initializer', 'Zeros'),
      movingVarianceInitializer: readInitializer(config, 'moving_variance_initializer', 'Ones'),
    });
  }

  #channels(shape: LayerShape): number {
    const channels = shape.at(-1);
    const axisIsLast = this.axis === -1 || this.axis === shape.length - 1;
    if ((shape.length === 2 || shape.length === 4) && axisIsLast && typeof channels === 'number') {
      return channels;
    }
    throw new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: 'an input [N, H, W, C] or [N, C], normalized along its last axis',
      received: `${showShape(shape)}, axis ${this.axis}`,
      advice: 'Put the channels last.',
    });
  }
}
