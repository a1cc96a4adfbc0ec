/** @file Maximum over a window. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerConfig } from './layer-config.ts';
import { asChannelsFirst } from './layout.ts';
import { apartFromPad } from './pooled-pad.ts';
import { Pooling2D, readPooling } from './pooling2d.ts';

/** The largest value of every window; padding never wins. Input `[N, H, W, C]`. */
export class MaxPooling2D extends Pooling2D {
  readonly className = 'MaxPooling2D';

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const x = apartFromPad(builder, asChannelsFirst(builder, inputs[0]!));
    const value = builder.op('MaxPool', [x], this.poolAttributes(), { name: `${this.name}/MaxPool` });
    return { value, layout: 'channelsFirst' };
  }

  static fromConfig(config: LayerConfig): MaxPooling2D {
    return new MaxPooling2D(readPooling(config));
  }
}
