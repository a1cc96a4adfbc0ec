/** @file Mean over a window. */

import type { Lowered, Lowering, SymbolicTensor } from './layer.ts';
import { asChannelsFirst } from './layout.ts';
import { apartFromPad } from './pooled-pad.ts';
import { Pooling2D } from './pooling2d.ts';

/** The mean of every window; padding does not count. Input `[N, H, W, C]`. */
export class AveragePooling2D extends Pooling2D {
  static readonly className = 'AveragePooling2D';

  override lower(
    { builder }: Lowering,
    inputs: readonly Lowered[],
    output: SymbolicTensor = this.output,
  ): Lowered {
    const x = apartFromPad(builder, asChannelsFirst(builder, inputs[0]!));
    const attributes = { ...this.poolAttributes(output), count_include_pad: 0 } as const;
    const value = builder.averagePool(x, attributes, { name: `${this.name}/AveragePool` });
    return { value, layout: 'channelsFirst' };
  }
}
