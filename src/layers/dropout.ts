/** @file Dropout. */

import { GraftError } from '../errors/graft-error.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, readNumber } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';

export interface DropoutOptions extends LayerOptions {
  /** Share of the inputs that is set to 0, in [0, 1). */
  readonly rate: number;
}

/**
 * While training, sets a share of the inputs to 0 and scales the others by `1 / (1 - rate)`; else does nothing.
 *
 * @throws {GraftError} `argument`, if `rate` is not in [0, 1); `shape`, if a size besides the batch is unknown.
 * @see https://jmlr.org/papers/v15/srivastava14a.html
 */
export class Dropout extends Layer {
  readonly className = 'Dropout';
  readonly rate: number;

  constructor(options: DropoutOptions) {
    super(options);
    this.rate = options.rate;
    if (!(this.rate >= 0 && this.rate < 1)) {
      throw new GraftError('argument', {
        where: `layer "${this.name}"`,
        expected: 'rate in [0, 1)',
        received: `${this.rate}`,
        advice: 'Give the share to drop, e.g. 0.2.',
      });
    }
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const input = inputs[0]!;
    if (!lowering.training || this.rate === 0) return input;
    const sizes = input.value.shape.slice(1);
    if (!sizes.every((size) => typeof size === 'number')) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: 'an input of known sizes in a training step',
        received: `[${input.value.shape.join(', ')}]`,
        advice: 'Give the input layer a full shape.',
      });
    }
    const mask = lowering.dropoutMask(this, this.rate, sizes);
    const value = lowering.builder.op('Mul', [input.value, mask], {}, { name: `${this.name}/Mul` });
    return { value, layout: input.layout };
  }

  override getConfig(): LayerConfig {
    return { ...baseConfig(this.name, this.trainable), rate: this.rate, seed: null, noise_shape: null };
  }

  static fromConfig(config: LayerConfig): Dropout {
    return new Dropout({ ...readBase(config), rate: readNumber(config, 'rate') });
  }
}
