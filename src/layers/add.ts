/** @file Sum of inputs. */

import type { LayerOptions } from './layer.ts';
import { type LayerConfig, readBase } from './layer-config.ts';
import { Merging } from './merging.ts';

export type AddOptions = LayerOptions;

/** Adds its inputs, element by element. */
export class Add extends Merging {
  readonly className = 'Add';
  protected readonly operator = 'Add';

  static fromConfig(config: LayerConfig): Add {
    return new Add(readBase(config));
  }
}
