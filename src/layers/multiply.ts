/** @file Product of inputs. */

import type { LayerOptions } from './layer.ts';
import { type LayerConfig, readBase } from './layer-config.ts';
import { Merging } from './merging.ts';

export type MultiplyOptions = LayerOptions;

/** Multiplies its inputs, element by element. */
export class Multiply extends Merging {
  readonly className = 'Multiply';
  protected readonly operator = 'Mul';

  static fromConfig(config: LayerConfig): Multiply {
    return new Multiply(readBase(config));
  }
}
