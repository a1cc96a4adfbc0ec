/** @file What the two layers share that pool a whole image. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asChannelsFirst } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { imageShape } from './windows.ts';

const OPTIONS = {
  dataFormat: { type: 'fixed', value: 'channels_last' },
  /** Whether height and width stay, as 1. Default false. */
  keepdims: { type: 'boolean', default: false },
} as const;

export type GlobalPooling2DOptions = OptionsOf<typeof OPTIONS>;

export interface GlobalPooling2D extends ValuesOf<typeof OPTIONS> {}

/** `[N, H, W, C]` to `[N, C]`, or `[N, 1, 1, C]` with `keepdims`. */
export abstract class GlobalPooling2D extends LayerWithOptions<typeof OPTIONS> {
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const { batch, channels } = imageShape(this.name, inputs[0]);
    return this.keepdims ? [batch, 1, 1, channels] : [batch, channels];
  }

  /** Emits the pooling: NCHW to `[N, C, 1, 1]`. */
  protected abstract pool(ops: Ops, x: Value): Value;

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const pooled = this.pool(ops, asChannelsFirst(ops, inputs[0]!));
    if (this.keepdims) return { value: pooled, layout: 'channelsFirst' };
    return { value: ops.flatten(pooled, 1, { name: `${this.name}/Flatten` }), layout: 'plain' };
  }
}
