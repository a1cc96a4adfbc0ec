/** @file Two-dimensional convolution. */

import { GraftError } from '../errors/graft-error.ts';
import { lowerActivation } from './activations.ts';
import type { Lowered, Lowering, SymbolicTensor, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asChannelsFirst } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { imageShape, resolvePads, type Window, windowedSize, windowOf } from './windows.ts';

const OPTIONS = {
  /** Channels of the output. */
  filters: { type: 'count' },
  kernelSize: { type: 'pair' },
  /** Default 1. */
  strides: { type: 'pair', default: 1 },
  /** Default `valid`. */
  padding: { type: 'choice', choices: ['valid', 'same'], default: 'valid' },
  dataFormat: { type: 'fixed', value: 'channels_last' },
  /** Default 1. */
  dilationRate: { type: 'pair', default: 1 },
  /** Input channels are split into this many groups, each with its own filters. Default 1. */
  groups: { type: 'count', default: 1 },
  /** Default `linear`. */
  activation: { type: 'activation', default: 'linear' },
  /** Default true. */
  useBias: { type: 'boolean', default: true },
  /** Default `glorotUniform`. */
  kernelInitializer: { type: 'initializer', default: 'glorotUniform' },
  /** Default `zeros`. */
  biasInitializer: { type: 'initializer', default: 'zeros' },
} as const;

export type Conv2DOptions = OptionsOf<typeof OPTIONS>;

export interface Conv2D extends ValuesOf<typeof OPTIONS> {}

/**
 * Convolution: input `[N, H, W, C]`, kernel `[h, w, C / groups, filters]`, bias `[filters]`.
 *
 * @throws {GraftError} `shape`, if the input is no image, or its channels or `filters` do not divide into the groups.
 */
export class Conv2D extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Conv2D';
  static override readonly options: typeof OPTIONS = OPTIONS;

  get #window(): Window {
    return windowOf(this);
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const { channels } = imageShape(this.name, inputs[0]);
    if (channels % this.groups !== 0 || this.filters % this.groups !== 0) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `input channels and filters that divide into ${this.groups} groups`,
        received: `${channels} channels, ${this.filters} filters`,
        advice: 'Change groups or filters.',
      });
    }
    const kernel: WeightSpec = {
      name: 'kernel',
      shape: [...this.kernelSize, channels / this.groups, this.filters],
      initializer: this.kernelInitializer,
      graphOrder: [3, 2, 0, 1],
    };
    if (!this.useBias) return [kernel];
    return [kernel, { name: 'bias', shape: [this.filters], initializer: this.biasInitializer }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const image = imageShape(this.name, inputs[0]);
    return [image.batch, ...windowedSize(this.name, image, this.#window), this.filters];
  }

  override lower(
    lowering: Lowering,
    inputs: readonly Lowered[],
    output: SymbolicTensor = this.output,
  ): Lowered {
    const { builder: ops } = lowering;
    const x = asChannelsFirst(ops, inputs[0]!);
    const value = ops.conv(
      [x, lowering.weight(this, 'kernel'), this.useBias ? lowering.weight(this, 'bias') : undefined],
      {
        strides: this.strides,
        dilations: this.dilationRate,
        pads: resolvePads(this.name, imageShape(this.name, output.inputs[0]?.shape), this.#window),
        group: this.groups,
      },
      { name: `${this.name}/Conv` },
    );
    return lowerActivation(ops, this.activation, { value, layout: 'channelsFirst' }, this.name);
  }
}
