/** @file Mean over a window. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerConfig } from './layer-config.ts';
import { asChannelsFirst } from './layout.ts';
import { apartFromPad } from './pooled-pad.ts';
import { Pooling2D, readPooling } from './pooling2d.ts';

/** The mean of every window; padding does not count. Input `[N, H, W, C]`. */
export class AveragePooling2D extends Pooling2D {
  readonly className = 'AveragePooling2D';

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const x = apartFromPad(builder, asChannelsFirst(builder, inputs[0]!));
    const attributes = { ...this.poolAttributes(), count_include_pad: 0 } as const;
    const value = builder.op('AveragePool', [x], attributes, { name: `${this.name}/AveragePool` });
    return { value, layout: 'channelsFirst' };
  }

  static fromConfig(config: LayerConfig): AveragePooling2D {
    return new AveragePooling2D(readPooling(config));
  }
}
