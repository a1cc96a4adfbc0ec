/** @file What the two layers share that pool a whole image. */

import type { Value } from '../graph/graph.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, readBoolean, requireChannelsLast } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { asChannelsFirst } from './layout.ts';
import { imageShape } from './windows.ts';

export interface GlobalPooling2DOptions extends LayerOptions {
  /** Whether height and width stay, as 1. Default false. */
  readonly keepdims?: boolean;
}

/** `[N, H, W, C]` to `[N, C]`, or `[N, 1, 1, C]` with `keepdims`. */
export abstract class GlobalPooling2D extends Layer {
  readonly keepdims: boolean;

  constructor(options: GlobalPooling2DOptions = {}) {
    super(options);
    this.keepdims = options.keepdims ?? false;
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const { batch, channels } = imageShape(this.name, inputs[0]);
    return this.keepdims ? [batch, 1, 1, channels] : [batch, channels];
  }

  /** Emits the pooling: NCHW to `[N, C, 1, 1]`. */
  protected abstract pool(lowering: Lowering, x: Value): Value;

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder } = lowering;
    const x = asChannelsFirst(builder, inputs[0]!);
    if (this.keepdims) return { value: this.pool(lowering, x), layout: 'channelsFirst' };
    const pooled = this.pool(lowering, x);
    const value = builder.op('Flatten', [pooled], { axis: 1 }, { name: `${this.name}/Flatten` });
    return { value, layout: 'plain' };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      data_format: 'channels_last',
      keepdims: this.keepdims,
    };
  }
}

/** The options of such a layer's configuration. */
export function readGlobalPooling(config: LayerConfig): GlobalPooling2DOptions {
  requireChannelsLast(config);
  return { ...readBase(config), keepdims: readBoolean(config, 'keepdims', false) };
}
