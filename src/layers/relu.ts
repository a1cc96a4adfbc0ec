/** @file The rectifier, with Keras' three options. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, readNumber, readOptionalNumber } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';

export interface ReLUOptions extends LayerOptions {
  /** Upper bound, >= 0; null for none. Default null. */
  readonly maxValue?: number | null;
  /** Slope below the threshold, >= 0. Default 0. */
  readonly negativeSlope?: number;
  /** Values up to here count as negative, >= 0. Default 0. */
  readonly threshold?: number;
}

/**
 * `maxValue` where `x >= maxValue`, `x` where `x > threshold`, else `negativeSlope * (x - threshold)`. The shape stays.
 *
 * @throws {GraftError} `argument`, if an option is negative.
 */
export class ReLU extends Layer {
  readonly className = 'ReLU';
  readonly maxValue: number | null;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    super(options);
    this.maxValue = options.maxValue ?? null;
    this.negativeSlope = options.negativeSlope ?? 0;
    this.threshold = options.threshold ?? 0;
    if (!((this.maxValue ?? 0) >= 0 && this.negativeSlope >= 0 && this.threshold >= 0)) {
      throw new GraftError('argument', {
        where: `layer "${this.name}"`,
        expected: 'maxValue, negativeSlope and threshold of at least 0',
        received: `${this.maxValue}, ${this.negativeSlope}, ${this.threshold}`,
        advice: 'Correct the negative one.',
      });
    }
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { value: x, layout } = inputs[0]!;
    const named = { name: `${this.name}/Relu` };
    const { maxValue, negativeSlope, threshold } = this;
    let value: Value;
    if (threshold === 0 && negativeSlope === 0) {
      value =
        maxValue === null
          ? builder.op('Relu', [x], {}, named)
          : builder.op('Clip', [x, builder.scalar(0), builder.scalar(maxValue)], {}, named);
    } else if (threshold === 0 && maxValue === null) {
      value = builder.op('LeakyRelu', [x], { alpha: negativeSlope }, named);
    } else {
      const limit = builder.scalar(threshold);
      const above = builder.op('Where', [builder.op('Greater', [x, limit]), x, builder.scalar(0)]);
      const positive =
        maxValue === null ? above : builder.op('Clip', [above, builder.scalar(0), builder.scalar(maxValue)]);
      const below = builder.op('Relu', [builder.op('Sub', [limit, x])]);
      const negative = builder.op('Mul', [below, builder.scalar(negativeSlope)]);
      value = builder.op('Sub', [positive, negative], {}, named);
    }
    return { value, layout };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      max_value: this.maxValue,
      negative_slope: this.negativeSlope,
      threshold: this.threshold,
    };
  }

  static fromConfig(config: LayerConfig): ReLU {
    return new ReLU({
      ...readBase(config),
      maxValue: readOptionalNumber(config, 'max_value'),
      negativeSlope: readNumber(config, 'negative_slope', 0),
      threshold: readNumber(config, 'threshold', 0),
    });
  }
}
