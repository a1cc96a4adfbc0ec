/** @file Separable convolution: a depthwise one, then a 1 x 1 one over the channels. */

import { lowerActivation } from './activations.ts';
import { depthwiseKernelSpec, lowerDepthwise } from './depthwise-conv2d.ts';
import type { Lowered, Lowering, SymbolicTensor, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { imageShape, windowedSize, windowOf } from './windows.ts';

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
  /** Channels between the two convolutions, for each input channel. Default 1. */
  depthMultiplier: { type: 'count', default: 1 },
  /** Default `linear`. */
  activation: { type: 'activation', default: 'linear' },
  /** Default true. */
  useBias: { type: 'boolean', default: true },
  /** Default `glorotUniform`. */
  depthwiseInitializer: { type: 'initializer', default: 'glorotUniform' },
  /** Default `glorotUniform`. */
  pointwiseInitializer: { type: 'initializer', default: 'glorotUniform' },
  /** Default `zeros`. */
  biasInitializer: { type: 'initializer', default: 'zeros' },
} as const;

export type SeparableConv2DOptions = OptionsOf<typeof OPTIONS>;

export interface SeparableConv2D extends ValuesOf<typeof OPTIONS> {}

/**
 * Separable convolution: input `[N, H, W, C]`, depthwise_kernel `[h, w, C, depthMultiplier]`,
 * pointwise_kernel `[1, 1, C * depthMultiplier, filters]`, bias `[filters]`.
 *
 * @throws {GraftError} `shape`, if the input is no image.
 * @see https://arxiv.org/abs/1610.02357
 */
export class SeparableConv2D extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'SeparableConv2D';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const { channels } = imageShape(this.name, inputs[0]);
    const depthwise = depthwiseKernelSpec(
      this.kernelSize,
      channels,
      this.depthMultiplier,
      this.depthwiseInitializer,
    );
    const pointwise: WeightSpec = {
      name: 'pointwise_kernel',
      shape: [1, 1, channels * this.depthMultiplier, this.filters],
      initializer: this.pointwiseInitializer,
      graphOrder: [3, 2, 0, 1],
    };
    if (!this.useBias) return [depthwise, pointwise];
    const bias = { name: 'bias', shape: [this.filters], initializer: this.biasInitializer };
    return [depthwise, pointwise, bias];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const image = imageShape(this.name, inputs[0]);
    return [image.batch, ...windowedSize(this.name, image, windowOf(this)), this.filters];
  }

  override lower(
    lowering: Lowering,
    inputs: readonly Lowered[],
    output: SymbolicTensor = this.output,
  ): Lowered {
    const { builder: ops } = lowering;
    const depthwise = lowerDepthwise(lowering, this, output, {
      input: inputs[0]!,
      bias: undefined,
      name: `${this.name}/DepthwiseConv`,
    });
    const value = ops.conv(
      [
        depthwise,
        lowering.weight(this, 'pointwise_kernel'),
        this.useBias ? lowering.weight(this, 'bias') : undefined,
      ],
      {},
      { name: `${this.name}/Conv` },
    );
    return lowerActivation(ops, this.activation, { value, layout: 'channelsFirst' }, this.name);
  }
}
