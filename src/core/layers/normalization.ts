/** @file Normalization of inputs with the mean and variance of a data set, which are given or stored. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import { floats } from '../tensor/tensor.ts';
import { perChannel } from './channel-numbers.ts';
import { ones, zeros } from './initializers.ts';
import { lastAxisChannels } from './last-axis.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** The channels' axis; only the last one is supported. Default -1. */
  axis: { type: 'axis', default: -1, inList: true },
  invert: { type: 'fixed', value: false },
  /** For each channel. Without `mean` and `variance` the layer has weights of these names, for loading. */
  mean: { type: 'numbers', default: null },
  /** For each channel, >= 0. */
  variance: { type: 'numbers', default: null },
} as const;

export type NormalizationOptions = OptionsOf<typeof OPTIONS>;

/** What keeps Keras from dividing by 0: the smallest deviation. */
const MIN_DEVIATION = 1e-7;

export interface Normalization extends ValuesOf<typeof OPTIONS> {}

/**
 * `y = (x - mean) / max(sqrt(variance), 1e-7)`, by channel. The shape stays.
 *
 * @throws {GraftError} `argument`, if only one of `mean` and `variance` is given; `shape`, if there are numbers for
 *   another count of channels, or the axis is not the last one.
 */
export class Normalization extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Normalization';
  static override readonly options: typeof OPTIONS = OPTIONS;

  constructor(options: NormalizationOptions = {}) {
    super(options);
    if (this.mean?.length !== this.variance?.length) {
      throw new GraftError('argument', {
        where: `layer "${this.name}"`,
        expected: 'mean and variance of one length, or neither',
        received: `${this.mean?.length ?? 'no'} means and ${this.variance?.length ?? 'no'} variances`,
        advice: 'Give both, one number for each channel.',
      });
    }
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    if (this.mean !== null) return [];
    const shape = [lastAxisChannels(this, inputs[0]!)];
    return [
      { name: 'mean', shape, initializer: zeros(), trainable: false },
      { name: 'variance', shape, initializer: ones(), trainable: false },
      // How many samples the statistics are from: Keras stores it, nothing uses it.
      { name: 'count', shape: [], initializer: zeros(), trainable: false },
    ];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const shape = inputs[0]!;
    const channels = lastAxisChannels(this, shape);
    if (this.mean !== null && this.mean.length !== channels) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `an input of ${this.mean.length} channels`,
        received: showShape(shape),
        advice: 'Give one mean and one variance for each channel.',
      });
    }
    return shape;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const { value: x, layout } = inputs[0]!;
    const [mean, deviation] = this.#statistics(lowering);
    const centered = ops.sub(x, perChannel(ops, mean, layout));
    const value = ops.div(centered, perChannel(ops, deviation, layout), { name: `${this.name}/Div` });
    return { value, layout };
  }

  #statistics(lowering: Lowering): readonly [mean: Value, deviation: Value] {
    const { builder: ops } = lowering;
    if (this.mean !== null && this.variance !== null) {
      const deviations = this.variance.map((value) => Math.max(Math.sqrt(value), MIN_DEVIATION));
      return [
        ops.constant(floats([this.mean.length], this.mean), `${this.name}/mean`),
        ops.constant(floats([deviations.length], deviations), `${this.name}/deviation`),
      ];
    }
    const deviation = ops.sqrt(lowering.weight(this, 'variance'));
    return [lowering.weight(this, 'mean'), ops.max(deviation, MIN_DEVIATION)];
  }
}
