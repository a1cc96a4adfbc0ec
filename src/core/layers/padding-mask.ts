/** @file Which ids are tokens, and which are padding. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';

/** Ids `[N, S]` to a float32 mask of the same shape: 1 for a token, 0 for padding, which is an id below 0. */
export class PaddingMask extends LayerWithOptions<Record<never, never>> {
  static readonly className = 'PaddingMask';
  static readonly onlyInGraft = true;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const ids = asPlain(ops, inputs[0]!);
    const isPadding = ops.less(ids, ops.cast(ops.integers([0]), ids.dtype));
    const value = ops.cast(ops.not(isPadding), 'float32');
    return { value, layout: 'plain' };
  }
}
