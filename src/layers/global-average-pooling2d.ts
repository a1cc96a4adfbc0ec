/** @file Mean over a whole image. */

import type { Value } from '../graph/graph.ts';
import { GlobalPooling2D, readGlobalPooling } from './global-pooling2d.ts';
import type { Lowering } from './layer.ts';
import type { LayerConfig } from './layer-config.ts';

/** The mean of every channel: `[N, H, W, C]` to `[N, C]`. */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  readonly className = 'GlobalAveragePooling2D';

  protected override pool({ builder }: Lowering, x: Value): Value {
    return builder.op('GlobalAveragePool', [x], {}, { name: `${this.name}/Pool` });
  }

  static fromConfig(config: LayerConfig): GlobalAveragePooling2D {
    return new GlobalAveragePooling2D(readGlobalPooling(config));
  }
}
