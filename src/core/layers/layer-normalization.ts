/** @file Layer normalization: over the channels of every position. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { lastAxisChannels } from './last-axis.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';

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
    const shape = [lastAxisChannels(this, inputs[0]!)];
    return [
      ...(this.scale ? [{ name: 'gamma', shape, initializer: this.gammaInitializer }] : []),
      ...(this.center ? [{ name: 'beta', shape, initializer: this.betaInitializer }] : []),
    ];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const value = emitLayerNormalization(lowering.builder, asPlain(lowering.builder, inputs[0]!), {
      epsilon: this.epsilon,
      gamma: this.scale ? () => lowering.weight(this, 'gamma') : undefined,
      beta: this.center ? () => lowering.weight(this, 'beta') : undefined,
      name: `${this.name}/Add`,
    });
    return { value, layout: 'plain' };
  }
}

/**
 * Emits it along the last axis.
 *
 * @param options.name - Of the node that adds beta.
 */
export function emitLayerNormalization(
  ops: Ops,
  x: Value,
  options: {
    readonly epsilon: number;
    readonly gamma: (() => Value) | undefined;
    readonly beta: (() => Value) | undefined;
    readonly name: string;
  },
): Value {
  const { epsilon, gamma, beta, name } = options;
  // Channels last, and in this order of operators: ONNX Runtime puts its one kernel in their place.
  const axes = ops.integers([-1]);
  const centered = ops.sub(x, ops.mean(x, axes, 1));
  const variance = ops.mean(ops.pow(centered, 2), axes, 1);
  const deviation = ops.sqrt(ops.add(variance, epsilon));
  let value = ops.div(centered, deviation);
  if (gamma !== undefined) value = ops.mul(value, gamma());
  if (beta !== undefined) value = ops.add(value, beta(), { name });
  return value;
}
