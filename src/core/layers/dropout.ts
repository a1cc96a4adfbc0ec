/** @file Dropout. */

import { GraftError } from '../errors/graft-error.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { axisIn } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** Fraction of the inputs that is set to 0, in [0, 1). */
  rate: { type: 'number', min: 0, below: 1, advice: 'Give the fraction to drop, e.g. 0.2.' },
  seed: { type: 'ignored', value: null },
  /**
   * Shape of what is drawn, the batch first: 1 draws once for the whole axis, null for each place on it. `[null, 1, 1,
   * 1]` drops whole samples (stochastic depth). Default null: each number is drawn for.
   */
  noiseShape: { type: 'shape', default: null },
} as const;

export type DropoutOptions = OptionsOf<typeof OPTIONS>;

export interface Dropout extends ValuesOf<typeof OPTIONS> {}

/**
 * While training, sets a fraction of the inputs to 0 and scales the others by `1 / (1 - rate)`; else does nothing. One
 * that is frozen (`trainable` false) does nothing either: a frozen network has only one answer to an image.
 *
 * @throws {GraftError} `argument`, if `rate` is not in [0, 1); `shape`, if a size besides the batch is unknown, or
 *   `noiseShape` does not fit.
 * @see https://jmlr.org/papers/v15/srivastava14a.html
 */
export class Dropout extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Dropout';
  static override readonly options: typeof OPTIONS = OPTIONS;

  override get drawsMasks(): boolean {
    return true;
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const shape = inputs[0]!;
    const fits = this.noiseShape?.every((size, axis) => size === null || size === 1 || size === shape[axis]);
    if (this.noiseShape !== null && !(fits && this.noiseShape.length === shape.length)) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `an input that fits noiseShape ${showShape(this.noiseShape)}`,
        received: showShape(shape),
        advice: 'Give a noiseShape of the same rank, of 1 and null.',
      });
    }
    return shape;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const input = inputs[0]!;
    if (!lowering.training || !this.trainable || this.rate === 0) return input;
    const rank = input.value.shape.length;
    const drawn = [...input.value.shape];
    this.noiseShape?.forEach((size, axis) => {
      if (size === 1) drawn[axisIn(input.layout, axis, rank)] = 1;
    });
    const sizes = drawn.slice(1);
    if (!sizes.every((size) => typeof size === 'number')) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: 'an input of known sizes in a training step',
        received: `[${input.value.shape.join(', ')}]`,
        advice: 'Give the input layer a full shape.',
      });
    }
    const mask = lowering.dropoutMask(this, this.rate, sizes);
    const value = lowering.builder.mul(input.value, mask, { name: `${this.name}/Mul` });
    return { value, layout: input.layout };
  }
}
