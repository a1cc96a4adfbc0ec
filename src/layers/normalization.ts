/** @file Normalization of inputs with the mean and variance of a data set, which are given or stored. */

import { GraftError } from '../errors/graft-error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { floats } from '../tensor/tensor.ts';
import { perChannel } from './channel-numbers.ts';
import { ones, zeros } from './initializers.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering, type WeightSpec } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, readNumber } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { showShape } from './windows.ts';

export interface NormalizationOptions extends LayerOptions {
  /** The channels' axis; only the last one is supported. Default -1. */
  readonly axis?: number;
  /** For each channel. Without `mean` and `variance` the layer has weights of these names, for loading. */
  readonly mean?: readonly number[];
  /** For each channel, >= 0. */
  readonly variance?: readonly number[];
}

/** What keeps Keras from dividing by 0: the smallest deviation. */
const MIN_DEVIATION = 1e-7;

/**
 * `y = (x - mean) / max(sqrt(variance), 1e-7)`, by channel. The shape stays.
 *
 * @throws {GraftError} `argument`, if only one of `mean` and `variance` is given; `shape`, if there are numbers for
 *   another count of channels, or the axis is not the last one.
 */
export class Normalization extends Layer {
  readonly className = 'Normalization';
  readonly axis: number;
  readonly mean: readonly number[] | undefined;
  readonly variance: readonly number[] | undefined;

  constructor(options: NormalizationOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.mean = options.mean;
    this.variance = options.variance;
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
    if (this.mean !== undefined) return [];
    const shape = [this.#channels(inputs[0]!)];
    return [
      { name: 'mean', shape, initializer: zeros(), trainable: false },
      { name: 'variance', shape, initializer: ones(), trainable: false },
      // How many samples the statistics are from: Keras stores it, nothing uses it.
      { name: 'count', shape: [], initializer: zeros(), trainable: false },
    ];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const shape = inputs[0]!;
    const channels = this.#channels(shape);
    if (this.mean !== undefined && this.mean.length !== channels) {
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
    const { builder } = lowering;
    const { value: x, layout } = inputs[0]!;
    const [mean, deviation] = this.#statistics(lowering, builder);
    const centred = builder.op('Sub', [x, perChannel(builder, mean, layout)]);
    const value = builder.op(
      'Div',
      [centred, perChannel(builder, deviation, layout)],
      {},
      { name: `${this.name}/Div` },
    );
    return { value, layout };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      axis: [this.axis],
      invert: false,
      mean: this.mean ?? null,
      variance: this.variance ?? null,
    };
  }

  static fromConfig(config: LayerConfig): Normalization {
    const axis = Array.isArray(config['axis']) ? { ...config, axis: config['axis'][0] } : config;
    const mean = readNumbers(config, 'mean');
    const variance = readNumbers(config, 'variance');
    if (config['invert'] === true) throw unknown(config, 'invert', 'false');
    return new Normalization({
      ...readBase(config),
      axis: readNumber(axis, 'axis', -1),
      ...(mean === undefined ? {} : { mean }),
      ...(variance === undefined ? {} : { variance }),
    });
  }

  #statistics(lowering: Lowering, builder: GraphBuilder): readonly [mean: Value, deviation: Value] {
    if (this.mean !== undefined && this.variance !== undefined) {
      const deviations = this.variance.map((value) => Math.max(Math.sqrt(value), MIN_DEVIATION));
      return [
        builder.constant(floats([this.mean.length], this.mean), `${this.name}/mean`),
        builder.constant(floats([deviations.length], deviations), `${this.name}/deviation`),
      ];
    }
    const deviation = builder.op('Sqrt', [lowering.weight(this, 'variance')]);
    return [lowering.weight(this, 'mean'), builder.op('Max', [deviation, builder.scalar(MIN_DEVIATION)])];
  }

  #channels(shape: LayerShape): number {
    const channels = shape.at(-1);
    const axisIsLast = this.axis === -1 || this.axis === shape.length - 1;
    if (shape.length > 1 && axisIsLast && typeof channels === 'number') return channels;
    throw new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: 'an input [N, ..., C] with a known C, normalized along its last axis',
      received: `${showShape(shape)}, axis ${this.axis}`,
      advice: 'Put the channels last.',
    });
  }
}

function readNumbers(config: LayerConfig, key: string): readonly number[] | undefined {
  const value = config[key];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((number) => typeof number === 'number')) return value;
  throw unknown(config, key, 'one number for each channel, or null,');
}

function unknown(config: LayerConfig, key: string, expected: string): GraftError {
  return new GraftError('model-file', {
    where: `configuration of layer "${String(config['name'])}"`,
    expected: `${expected} as "${key}"`,
    received: JSON.stringify(config[key]),
    advice: 'The layer has options that Graft does not know; check the file.',
  });
}
