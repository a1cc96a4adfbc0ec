/** @file Softmax as a layer. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { axisIn } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';

const OPTIONS = {
  /** Along which the results sum to 1. Default -1. */
  axis: { type: 'axis', default: -1 },
} as const;

export type SoftmaxOptions = OptionsOf<typeof OPTIONS>;

export interface Softmax extends ValuesOf<typeof OPTIONS> {}

/** `exp(x) / sum(exp(x))` along one axis; the shape stays. */
export class Softmax extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Softmax';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { value, layout } = inputs[0]!;
    const axis = axisIn(layout, this.axis, value.shape.length);
    return { value: ops.softmax(value, axis, { name: `${this.name}/Softmax` }), layout };
  }
}
