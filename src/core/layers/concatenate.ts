/** @file Inputs one after another along an axis. */

import { GraftError } from '../errors/graft-error.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { alike, axisIn } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** As in NHWC; not the batch. Default -1. */
  axis: { type: 'axis', default: -1 },
} as const;

export type ConcatenateOptions = OptionsOf<typeof OPTIONS>;

export interface Concatenate extends ValuesOf<typeof OPTIONS> {}

/**
 * Joins inputs that agree in all other sizes.
 *
 * @throws {GraftError} `shape`, if they do not.
 */
export class Concatenate extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Concatenate';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const first = inputs[0] ?? [];
    const joined = this.axis < 0 ? this.axis + first.length : this.axis;
    const fits = inputs.every(
      (shape) =>
        shape.length === first.length && shape.every((size, axis) => axis === joined || size === first[axis]),
    );
    if (inputs.length < 2 || !fits || joined < 1 || joined >= first.length) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `at least two inputs that agree in all sizes but that of axis ${this.axis}`,
        received: inputs.map(showShape).join(' and '),
        advice: 'Apply the layer to a list of tensors that fit, or choose another axis.',
      });
    }
    const total = inputs
      .map((shape) => shape[joined]!)
      .reduce<number | null>((sum, size) => (sum === null || size === null ? null : sum + size), 0);
    return first.map((size, axis) => (axis === joined ? total : size));
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { values, layout } = alike(ops, inputs);
    const axis = axisIn(layout, this.axis, values[0]!.shape.length);
    return { value: ops.concat(values, axis, { name: `${this.name}/Concat` }), layout };
  }
}
