/** @file Rescaling of pixels. */

import { GraftError } from '../errors/graft-error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { floats } from '../tensor/tensor.ts';
import { Layer, type LayerOptions, type Layout, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { showShape } from './windows.ts';

/** One number for all channels, or one for each. */
export type PerChannel = number | readonly number[];

export interface RescalingOptions extends LayerOptions {
  readonly scale: PerChannel;
  /** Default 0. */
  readonly offset?: PerChannel;
}

/**
 * `y = x * scale + offset`: `{ scale: 1 / 127.5, offset: -1 }` brings pixels from [0, 255] to [-1, 1]. The shape stays.
 *
 * @throws {GraftError} `shape`, if there are numbers for another count of channels.
 */
export class Rescaling extends Layer {
  readonly className = 'Rescaling';
  readonly scale: PerChannel;
  readonly offset: PerChannel;

  constructor(options: RescalingOptions) {
    super(options);
    this.scale = options.scale;
    this.offset = options.offset ?? 0;
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const shape = inputs[0]!;
    for (const numbers of [this.scale, this.offset]) {
      if (typeof numbers !== 'number' && numbers.length !== shape.at(-1)) {
        throw new GraftError('shape', {
          where: `layer "${this.name}"`,
          expected: `an input of ${numbers.length} channels`,
          received: showShape(shape),
          advice: 'Give one number for each channel, or one for all.',
        });
      }
    }
    return shape;
  }

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { value: x, layout } = inputs[0]!;
    const scaled = builder.op('Mul', [x, channelConstant(builder, this.scale, layout)]);
    const value = builder.op(
      'Add',
      [scaled, channelConstant(builder, this.offset, layout)],
      {},
      { name: `${this.name}/Add` },
    );
    return { value, layout };
  }

  override getConfig(): LayerConfig {
    return { ...baseConfig(this.name, this.trainable), scale: this.scale, offset: this.offset };
  }

  static fromConfig(config: LayerConfig): Rescaling {
    return new Rescaling({
      ...readBase(config),
      scale: readPerChannel(config, 'scale', 1),
      offset: readPerChannel(config, 'offset', 0),
    });
  }
}

function channelConstant(builder: GraphBuilder, numbers: PerChannel, layout: Layout): Value {
  if (typeof numbers === 'number') return builder.scalar(numbers);
  const shape = layout === 'channelsFirst' ? [numbers.length, 1, 1] : [numbers.length];
  return builder.constant(floats(shape, numbers), 'channels');
}

function readPerChannel(config: LayerConfig, key: string, fallback: number): PerChannel {
  const value = config[key] ?? fallback;
  const isList = Array.isArray(value) && value.every((number) => typeof number === 'number');
  if (typeof value === 'number' || isList) return value as PerChannel;
  throw new GraftError('model-file', {
    where: `configuration of layer "${String(config['name'])}"`,
    expected: `a number, or one for each channel, as "${key}"`,
    received: JSON.stringify(value),
    advice: 'Check the file.',
  });
}
