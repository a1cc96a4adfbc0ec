/** @file A sample as one row. */

import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, requireChannelsLast } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { asPlain } from './layout.ts';

export type FlattenOptions = LayerOptions;

/** `[N, ...]` to `[N, D]`; an image in the order height, width, channels. */
export class Flatten extends Layer {
  readonly className = 'Flatten';

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const [batch = null, ...sizes] = inputs[0]!;
    const width = sizes.includes(null) ? null : sizes.reduce<number>((product, size) => product * size!, 1);
    return [batch, width];
  }

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const input = inputs[0]!;
    const [, height, width] = this.input.shape;
    // A single pixel has but one order.
    const x = height === 1 && width === 1 ? input.value : asPlain(builder, input);
    return {
      value: builder.op('Flatten', [x], { axis: 1 }, { name: `${this.name}/Flatten` }),
      layout: 'plain',
    };
  }

  override getConfig(): LayerConfig {
    return { ...baseConfig(this.name, this.trainable), data_format: 'channels_last' };
  }

  static fromConfig(config: LayerConfig): Flatten {
    requireChannelsLast(config);
    return new Flatten(readBase(config));
  }
}
