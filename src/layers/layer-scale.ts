/** @file A learned factor for each channel, as ConvNeXt has it at the end of its blocks. */

import { GraftError } from '../errors/graft-error.ts';
import { perChannel } from './channel-numbers.ts';
import { constant } from './initializers.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering, type WeightSpec } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, readNumber } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { showShape } from './windows.ts';

export interface LayerScaleOptions extends LayerOptions {
  /** What all factors begin with, in [0, 1]. */
  readonly initValues: number;
  /** How many channels there are. */
  readonly projectionDim: number;
}

/**
 * `y = gamma * x`, gamma `[C]`. The shape stays.
 *
 * @throws {GraftError} `shape`, if the input has not `projectionDim` channels.
 * @see https://arxiv.org/abs/2103.17239
 */
export class LayerScale extends Layer {
  readonly className = 'LayerScale';
  readonly initValues: number;
  readonly projectionDim: number;

  constructor(options: LayerScaleOptions) {
    super(options);
    this.initValues = options.initValues;
    this.projectionDim = options.projectionDim;
  }

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
    const { builder } = lowering;
    const { value: x, layout } = inputs[0]!;
    const gamma = perChannel(builder, lowering.weight(this, 'gamma'), layout);
    return { value: builder.op('Mul', [x, gamma], {}, { name: `${this.name}/Mul` }), layout };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      init_values: this.initValues,
      projection_dim: this.projectionDim,
    };
  }

  static fromConfig(config: LayerConfig): LayerScale {
    return new LayerScale({
      ...readBase(config),
      initValues: readNumber(config, 'init_values'),
      projectionDim: readNumber(config, 'projection_dim'),
    });
  }
}
