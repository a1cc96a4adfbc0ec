/** @file Mean over a whole image. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { GlobalPooling2D } from './global-pooling2d.ts';

/** The mean of every channel: `[N, H, W, C]` to `[N, C]`. */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  static readonly className = 'GlobalAveragePooling2D';

  protected override pool(ops: Ops, x: Value): Value {
    return ops.globalAveragePool(x, { name: `${this.name}/Pool` });
  }
}
