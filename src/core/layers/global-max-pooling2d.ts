/** @file Maximum over a whole image. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { GlobalPooling2D } from './global-pooling2d.ts';

/** The largest value of every channel: `[N, H, W, C]` to `[N, C]`. */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  static readonly className = 'GlobalMaxPooling2D';

  protected override pool(ops: Ops, x: Value): Value {
    return ops.globalMaxPool(x, { name: `${this.name}/Pool` });
  }
}
