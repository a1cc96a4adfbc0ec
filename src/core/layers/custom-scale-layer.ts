/** @file The scaled residual of InceptionResNetV2, under the name that Keras gives it. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { OpOptions, Ops } from '../graph/ops.ts';
import type { LayerShape } from './layer-shape.ts';
import { Merging } from './merging.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** Of the second input. */
  scale: { type: 'number' },
} as const;

export type CustomScaleLayerOptions = OptionsOf<typeof OPTIONS>;

export interface CustomScaleLayer extends ValuesOf<typeof OPTIONS> {}

/**
 * `x + scale * residual`, for the two inputs `[x, residual]` of one shape.
 *
 * @throws {GraftError} `shape`, if there are not two inputs, or they do not fit.
 * @see https://arxiv.org/abs/1602.07261
 */
export class CustomScaleLayer extends Merging<typeof OPTIONS> {
  static readonly className = 'CustomScaleLayer';
  static override readonly options: typeof OPTIONS = OPTIONS;
  protected readonly operator = 'Add';

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    if (inputs.length !== 2) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: 'two inputs of one shape',
        received: inputs.map(showShape).join(' and '),
        advice: 'Apply the layer to [x, residual].',
      });
    }
    return super.outputShape(inputs);
  }

  protected override join(ops: Ops, x: Value, residual: Value, options: OpOptions | undefined): Value {
    // As a value, so that a factor of 1 is multiplied by, too.
    return ops.add(x, ops.mul(residual, ops.scalar(this.scale)), options);
  }
}
