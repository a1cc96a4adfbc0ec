/** @file Normalization by the root of the mean square of every position. */

import { initializers } from './initializers.ts';
import { lastAxisChannels } from './last-axis.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';

const OPTIONS = {
  /** The axis to normalize along; only the last one is supported. Default -1. */
  axis: { type: 'axis', default: -1, inList: true },
  /** Added to the mean square, > 0. Default 1e-6. */
  epsilon: { type: 'number', default: 1e-6 },
} as const;

export type RMSNormalizationOptions = OptionsOf<typeof OPTIONS>;

export interface RMSNormalization extends ValuesOf<typeof OPTIONS> {}

/**
 * `y = scale * x / sqrt(mean(x^2) + epsilon)`, the mean along the last axis. The shape stays; `scale` is `[C]`.
 *
 * @throws {GraftError} `shape`, if the axis is not the last one or its size is unknown.
 * @see https://arxiv.org/abs/1910.07467
 */
export class RMSNormalization extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'RMSNormalization';
  static override readonly options: typeof OPTIONS = OPTIONS;
  static readonly onlyInKeras3 = true;

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    return [{ name: 'scale', shape: [lastAxisChannels(this, inputs[0]!)], initializer: initializers.ones() }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const x = asPlain(ops, inputs[0]!);
    // In this order of operators ONNX Runtime puts its one kernel in their place.
    const meanSquare = ops.mean(ops.pow(x, 2), [-1], 1);
    const normalized = ops.div(x, ops.sqrt(ops.add(meanSquare, this.epsilon)));
    const value = ops.mul(normalized, lowering.weight(this, 'scale'), { name: `${this.name}/Mul` });
    return { value, layout: 'plain' };
  }
}
