/** @file The scaled residual of InceptionResNetV2, under the name that Keras gives it. */

import { GraftError } from '../errors/graft-error.ts';
import type { LayerOptions, Lowered, Lowering } from './layer.ts';
import { type LayerConfig, readBase, readNumber } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { alike } from './layout.ts';
import { Merging } from './merging.ts';
import { showShape } from './windows.ts';

export interface CustomScaleLayerOptions extends LayerOptions {
  /** Of the second input. */
  readonly scale: number;
}

/**
 * `x + scale * residual`, for the two inputs `[x, residual]` of one shape.
 *
 * @throws {GraftError} `shape`, if there are not two inputs, or they do not fit.
 * @see https://arxiv.org/abs/1602.07261
 */
export class CustomScaleLayer extends Merging {
  readonly className = 'CustomScaleLayer';
  readonly scale: number;
  protected readonly operator = 'Add';

  constructor(options: CustomScaleLayerOptions) {
    super(options);
    this.scale = options.scale;
  }

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

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { values, layout } = alike(builder, inputs);
    const scaled = builder.op('Mul', [values[1]!, builder.scalar(this.scale)]);
    const value = builder.op('Add', [values[0]!, scaled], {}, { name: `${this.name}/Add` });
    return { value, layout };
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), scale: this.scale };
  }

  static fromConfig(config: LayerConfig): CustomScaleLayer {
    return new CustomScaleLayer({ ...readBase(config), scale: readNumber(config, 'scale') });
  }
}
