/** @file Sum of inputs. */

import type { Value } from '../graph/graph.ts';
import type { OpOptions, Ops } from '../graph/ops.ts';
import type { LayerOptions } from './layer.ts';
import { Merging } from './merging.ts';

export type AddOptions = LayerOptions;

/** Adds its inputs, element by element. */
export class Add extends Merging {
  static readonly className = 'Add';
  protected readonly operator = 'Add';

  protected override join(ops: Ops, a: Value, b: Value, options: OpOptions | undefined): Value {
    return ops.add(a, b, options);
  }
}
