/** @file Vectors of length 1. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { axisIn } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';

const OPTIONS = {
  /** Default -1. */
  axis: { type: 'axis', default: -1 },
} as const;

export type UnitNormalizationOptions = OptionsOf<typeof OPTIONS>;

export interface UnitNormalization extends ValuesOf<typeof OPTIONS> {}

/** Keras' smallest sum of squares. */
const EPSILON = 1e-12;

/** `x / sqrt(max(sum(x^2), 1e-12))` along an axis: L2 norm 1. The shape stays. */
export class UnitNormalization extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'UnitNormalization';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { value: x, layout } = inputs[0]!;
    const sum = ops.sum(ops.square(x), [axisIn(layout, this.axis, x.shape.length)], 1);
    const value = ops.div(x, ops.sqrt(ops.max(sum, EPSILON)), { name: `${this.name}/Div` });
    return { value, layout };
  }
}
