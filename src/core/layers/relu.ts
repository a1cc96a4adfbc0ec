/** @file The rectifier, with Keras' three options. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';

const OPTIONS = {
  /** Upper bound, >= 0; null for none. Default null. */
  maxValue: { type: 'number', default: null, min: 0 },
  /** Slope below the threshold, >= 0. Default 0. */
  negativeSlope: { type: 'number', default: 0, min: 0 },
  /** Values up to here count as negative, >= 0. Default 0. */
  threshold: { type: 'number', default: 0, min: 0 },
} as const;

export type ReLUOptions = OptionsOf<typeof OPTIONS>;

export interface ReLU extends ValuesOf<typeof OPTIONS> {}

/**
 * `maxValue` where `x >= maxValue`, `x` where `x > threshold`, else `negativeSlope * (x - threshold)`. The shape stays.
 *
 * @throws {GraftError} `argument`, if an option is negative.
 */
export class ReLU extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'ReLU';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { value: x, layout } = inputs[0]!;
    const named = { name: `${this.name}/Relu` };
    const { maxValue, negativeSlope, threshold } = this;
    if (threshold === 0 && negativeSlope === 0) {
      const value = maxValue === null ? ops.relu(x, named) : ops.clip(x, 0, maxValue, named);
      return { value, layout };
    }
    if (threshold === 0 && maxValue === null)
      return { value: ops.leakyRelu(x, negativeSlope, named), layout };
    const limit = ops.scalar(threshold);
    const above = ops.where(ops.greater(x, limit), x, 0, x);
    const positive = maxValue === null ? above : ops.clip(above, 0, maxValue);
    const negative = ops.mul(ops.relu(ops.sub(limit, x)), negativeSlope);
    return { value: ops.sub(positive, negative, named), layout };
  }
}
