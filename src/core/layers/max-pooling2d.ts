/** @file Maximum over a window. */

import type { Lowered, Lowering, SymbolicTensor } from './layer.ts';
import { asChannelsFirst } from './layout.ts';
import { apartFromPad } from './pooled-pad.ts';
import { Pooling2D } from './pooling2d.ts';

/** The largest value of every window; padding never wins. Input `[N, H, W, C]`. */
export class MaxPooling2D extends Pooling2D {
  static readonly className = 'MaxPooling2D';

  override lower(
    { builder }: Lowering,
    inputs: readonly Lowered[],
    output: SymbolicTensor = this.output,
  ): Lowered {
    const x = apartFromPad(builder, asChannelsFirst(builder, inputs[0]!));
    const value = builder.maxPool(x, this.poolAttributes(output), { name: `${this.name}/MaxPool` });
    return { value, layout: 'channelsFirst' };
  }
}
