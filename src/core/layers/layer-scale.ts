/** @file A learned factor for each channel, as ConvNeXt has it at the end of its blocks. */

import { GraftError } from '../errors/graft-error.ts';
import { perChannel } from './channel-numbers.ts';
import { constant } from './initializers.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** What all factors begin with, in [0, 1]. */
  initValues: { type: 'number' },
  /** How many channels there are. */
  projectionDim: { type: 'count' },
} as const;

export type LayerScaleOptions = OptionsOf<typeof OPTIONS>;

export interface LayerScale extends ValuesOf<typeof OPTIONS> {}

/**
 * `y = gamma * x`, gamma `[C]`. The shape stays.
 *
 * @throws {GraftError} `shape`, if the input has not `projectionDim` channels.
 * @see https://arxiv.org/abs/2103.17239
 */
export class LayerScale extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'LayerScale';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override weightSpecs(): readonly WeightSpec[] {
    return [{ name: 'gamma', shape: [this.projectionDim], initializer: constant(this.initValues) }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const shape = inputs[0]!;
    if (shape.at(-1) !== this.projectionDim) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `an input of ${this.projectionDim} channels`,
        received: showShape(shape),
        advice: 'Set projectionDim to the number of channels.',
      });
    }
    return shape;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const { value: x, layout } = inputs[0]!;
    const gamma = perChannel(ops, lowering.weight(this, 'gamma'), layout);
    return { value: ops.mul(x, gamma, { name: `${this.name}/Mul` }), layout };
  }
}
