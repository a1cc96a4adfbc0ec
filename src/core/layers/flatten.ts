/** @file A sample as one row. */

import type { Lowered, Lowering, SymbolicTensor } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';

const OPTIONS = {
  dataFormat: { type: 'fixed', value: 'channels_last' },
} as const;

export type FlattenOptions = OptionsOf<typeof OPTIONS>;

export interface Flatten extends ValuesOf<typeof OPTIONS> {}

/** `[N, ...]` to `[N, D]`; an image in the order height, width, channels. */
export class Flatten extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Flatten';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const [batch = null, ...sizes] = inputs[0]!;
    const width = sizes.includes(null) ? null : sizes.reduce<number>((product, size) => product * size!, 1);
    return [batch, width];
  }

  override lower(
    { builder: ops }: Lowering,
    inputs: readonly Lowered[],
    output: SymbolicTensor = this.output,
  ): Lowered {
    const input = inputs[0]!;
    const [, height, width] = output.inputs[0]!.shape;
    // A single pixel has but one order.
    const x = height === 1 && width === 1 ? input.value : asPlain(ops, input);
    return {
      value: ops.flatten(x, 1, { name: `${this.name}/Flatten` }),
      layout: 'plain',
    };
  }
}
