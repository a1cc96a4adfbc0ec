/** @file Batch normalization with moving statistics. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import { floats } from '../tensor/tensor.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asChannelsFirst } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** The channels' axis; only the last one is supported. Default -1. */
  axis: { type: 'axis', default: -1 },
  /** Of the moving statistics. Default 0.99. */
  momentum: { type: 'number', default: 0.99 },
  /** Added to the variance, > 0. Default 1e-3. */
  epsilon: { type: 'number', default: 1e-3 },
  /** Whether there is a `beta`. Default true. */
  center: { type: 'boolean', default: true },
  /** Whether there is a `gamma`. Default true. */
  scale: { type: 'boolean', default: true },
  /** Default `zeros`. */
  betaInitializer: { type: 'initializer', default: 'zeros' },
  /** Default `ones`. */
  gammaInitializer: { type: 'initializer', default: 'ones' },
  /** Default `zeros`. */
  movingMeanInitializer: { type: 'initializer', default: 'zeros' },
  /** Default `ones`. */
  movingVarianceInitializer: { type: 'initializer', default: 'ones' },
} as const;

export type BatchNormalizationOptions = OptionsOf<typeof OPTIONS>;

export interface BatchNormalization extends ValuesOf<typeof OPTIONS> {}

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
export class BatchNormalization extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'BatchNormalization';
  static override readonly options: typeof OPTIONS = OPTIONS;

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
    const { builder: ops } = lowering;
    const isImage = inputs[0]!.value.shape.length === 4;
    const layout = isImage ? 'channelsFirst' : 'plain';
    const x = isImage ? asChannelsFirst(ops, inputs[0]!) : inputs[0]!.value;
    if (lowering.training && this.trainable) return { value: this.#byBatch(lowering, x), layout };
    const channels = x.shape[1] as number;
    const filled = (value: number): Value =>
      ops.constant(floats([channels], new Float32Array(channels).fill(value)), `${this.name}/fixed`);
    const value = ops.batchNormalization(
      x,
      {
        scale: this.scale ? lowering.weight(this, 'gamma') : filled(1),
        bias: this.center ? lowering.weight(this, 'beta') : filled(0),
        mean: lowering.weight(this, 'moving_mean'),
        variance: lowering.weight(this, 'moving_variance'),
      },
      this.epsilon,
      { name: `${this.name}/BatchNormalization` },
    );
    return { value, layout };
  }

  /** By the statistics of the batch. */
  #byBatch(lowering: Lowering, x: Value): Value {
    const { builder: ops } = lowering;
    const isImage = x.shape.length === 4;
    const axes = ops.integers(isImage ? [0, 2, 3] : [0]);
    const perChannel = (name: string): Value => {
      const weight = lowering.weight(this, name);
      return isImage ? ops.reshape(weight, [1, -1, 1, 1]) : weight;
    };
    const mean = ops.mean(x, axes, 1);
    const centered = ops.sub(x, mean);
    const variance = ops.mean(ops.square(centered), axes, 1);
    const deviation = ops.sqrt(ops.add(variance, this.epsilon));
    const slope = this.scale ? ops.div(perChannel('gamma'), deviation) : ops.reciprocal(deviation);
    const scaled = ops.mul(centered, slope);
    const value = this.center ? ops.add(scaled, perChannel('beta')) : scaled;
    for (const [name, batch] of [
      ['moving_mean', mean],
      ['moving_variance', variance],
    ] as const) {
      const kept = ops.mul(lowering.weight(this, name), this.momentum);
      const fresh = ops.mul(ops.reshape(batch, [-1]), 1 - this.momentum);
      lowering.moveStatistic(this, name, ops.add(kept, fresh));
    }
    return value;
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
