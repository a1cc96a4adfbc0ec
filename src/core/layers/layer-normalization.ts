/** @file Layer normalization: over the channels of every position. */

import { GraftError } from '../errors/graft-error.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** The axis to normalize along; only the last one is supported. Default -1. */
  axis: { type: 'axis', default: -1, inList: true },
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
} as const;

export type LayerNormalizationOptions = OptionsOf<typeof OPTIONS>;

export interface LayerNormalization extends ValuesOf<typeof OPTIONS> {}

/**
 * `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`, mean and variance of each sample's each position along
 * the last axis. The shape stays; `gamma` and `beta` are `[C]`.
 *
 * @throws {GraftError} `shape`, if the axis is not the last one or its size is unknown.
 * @see https://arxiv.org/abs/1607.06450
 */
export class LayerNormalization extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'LayerNormalization';
  static override readonly options: typeof OPTIONS = OPTIONS;

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
    const { builder: ops } = lowering;
    // Channels last, and in this order of operators: ONNX Runtime puts its one kernel in their place.
    const x = asPlain(ops, inputs[0]!);
    const axes = ops.integers([-1]);
    const centered = ops.sub(x, ops.mean(x, axes, 1));
    const variance = ops.mean(ops.pow(centered, 2), axes, 1);
    const deviation = ops.sqrt(ops.add(variance, this.epsilon));
    let value = ops.div(centered, deviation);
    if (this.scale) value = ops.mul(value, lowering.weight(this, 'gamma'));
    if (this.center) value = ops.add(value, lowering.weight(this, 'beta'), { name: `${this.name}/Add` });
    return { value, layout: 'plain' };
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
