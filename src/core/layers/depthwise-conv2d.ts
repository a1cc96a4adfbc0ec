/** @file Depthwise convolution: every channel with filters of its own. */

import type { Value } from '../graph/graph.ts';
import { lowerActivation } from './activations.ts';
import type { Initializer } from './initializers.ts';
import type { Layer, Lowered, Lowering, SymbolicTensor, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asChannelsFirst } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { imageShape, resolvePads, windowedSize, windowOf } from './windows.ts';

const OPTIONS = {
  kernelSize: { type: 'pair' },
  /** Default 1. */
  strides: { type: 'pair', default: 1 },
  /** Default `valid`. */
  padding: { type: 'choice', choices: ['valid', 'same'], default: 'valid' },
  /** Output channels for each input channel. Default 1. */
  depthMultiplier: { type: 'count', default: 1 },
  dataFormat: { type: 'fixed', value: 'channels_last' },
  /** Default 1. */
  dilationRate: { type: 'pair', default: 1 },
  /** Default `linear`. */
  activation: { type: 'activation', default: 'linear' },
  /** Default true. */
  useBias: { type: 'boolean', default: true },
  /** Default `glorotUniform`. */
  depthwiseInitializer: { type: 'initializer', default: 'glorotUniform' },
  /** Default `zeros`. */
  biasInitializer: { type: 'initializer', default: 'zeros' },
} as const;

export type DepthwiseConv2DOptions = OptionsOf<typeof OPTIONS>;

export interface DepthwiseConv2D extends ValuesOf<typeof OPTIONS> {}

/**
 * Depthwise convolution: input `[N, H, W, C]`, depthwise_kernel `[h, w, C, depthMultiplier]`,
 * bias `[C * depthMultiplier]`.
 *
 * @throws {GraftError} `shape`, if the input is no image.
 */
export class DepthwiseConv2D extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'DepthwiseConv2D';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const { channels } = imageShape(this.name, inputs[0]);
    const kernel = depthwiseKernelSpec(
      this.kernelSize,
      channels,
      this.depthMultiplier,
      this.depthwiseInitializer,
    );
    if (!this.useBias) return [kernel];
    const bias = [channels * this.depthMultiplier];
    return [kernel, { name: 'bias', shape: bias, initializer: this.biasInitializer }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const image = imageShape(this.name, inputs[0]);
    return [
      image.batch,
      ...windowedSize(this.name, image, windowOf(this)),
      image.channels * this.depthMultiplier,
    ];
  }

  override lower(
    lowering: Lowering,
    inputs: readonly Lowered[],
    output: SymbolicTensor = this.output,
  ): Lowered {
    const bias = this.useBias ? lowering.weight(this, 'bias') : undefined;
    const value = lowerDepthwise(lowering, this, output, {
      input: inputs[0]!,
      bias,
      name: `${this.name}/Conv`,
    });
    return lowerActivation(lowering.builder, this.activation, { value, layout: 'channelsFirst' }, this.name);
  }
}

/** The kernel of a depthwise convolution: `[h, w, channels, multiplier]`, in the graph `[channels, multiplier, h, w]`. */
export function depthwiseKernelSpec(
  size: readonly [number, number],
  channels: number,
  multiplier: number,
  initializer: Initializer,
): WeightSpec {
  return {
    name: 'depthwise_kernel',
    shape: [...size, channels, multiplier],
    initializer,
    graphOrder: [2, 3, 0, 1],
  };
}

/** Emits the convolution of a layer's `depthwise_kernel`; the result is NCHW. */
export function lowerDepthwise(
  lowering: Lowering,
  layer: Layer & Parameters<typeof windowOf>[0],
  output: SymbolicTensor,
  { input, bias, name }: { readonly input: Lowered; readonly bias: Value | undefined; readonly name: string },
): Value {
  const { builder: ops } = lowering;
  const window = windowOf(layer);
  const image = imageShape(layer.name, output.inputs[0]?.shape);
  const kernel = lowering.weight(layer, 'depthwise_kernel');
  const outputs = image.channels * layer.weight('depthwise_kernel').spec.shape[3]!;
  // ONNX wants [outputs, 1, h, w]: the same numbers in the same order.
  const filters = outputs === image.channels ? kernel : ops.reshape(kernel, [outputs, 1, ...window.size]);
  return ops.conv(
    [asChannelsFirst(ops, input), filters, bias],
    {
      strides: window.strides,
      dilations: window.dilations,
      pads: resolvePads(layer.name, image, window),
      group: image.channels,
    },
    { name },
  );
}
