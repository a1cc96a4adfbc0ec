/** @file Product of inputs. */

import type { Value } from '../graph/graph.ts';
import type { OpOptions, Ops } from '../graph/ops.ts';
import type { LayerOptions } from './layer.ts';
import { Merging } from './merging.ts';

export type MultiplyOptions = LayerOptions;

/** Multiplies its inputs, element by element. */
export class Multiply extends Merging {
  static readonly className = 'Multiply';
  protected readonly operator = 'Mul';

  protected override join(ops: Ops, a: Value, b: Value, options: OpOptions | undefined): Value {
    return ops.mul(a, b, options);
  }
}
