/** @file Maximum over a whole image. */

import type { Value } from '../graph/graph.ts';
import { GlobalPooling2D, readGlobalPooling } from './global-pooling2d.ts';
import type { Lowering } from './layer.ts';
import type { LayerConfig } from './layer-config.ts';

/** The largest value of every channel: `[N, H, W, C]` to `[N, C]`. */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  readonly className = 'GlobalMaxPooling2D';

  protected override pool({ builder }: Lowering, x: Value): Value {
    return builder.op('GlobalMaxPool', [x], {}, { name: `${this.name}/Pool` });
  }

  static fromConfig(config: LayerConfig): GlobalMaxPooling2D {
    return new GlobalMaxPooling2D(readGlobalPooling(config));
  }
}
