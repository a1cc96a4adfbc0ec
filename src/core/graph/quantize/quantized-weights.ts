/** @file A convolution's kernel and bias as integers. */

import { floats, type Tensor, tensor } from '../../tensor/tensor.ts';
import { MIN_SCALE } from './quantization.ts';

/** Bits of a weight, its sign included. */
export type WeightBits = 7 | 8;

/**
 * What every graph has. x64 processors without VNNI add pairs of products of bytes in int16 and cut what does not fit:
 * two of 255 * 127 do not, two of 255 * 63 do. A graph is written on one machine and runs on others, so it must not
 * rest on what this one can.
 *
 * @see https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html under "u8s8 saturation"
 */
export const WEIGHT_BITS: WeightBits = 7;

export interface QuantizedConv {
  /** int8 `[out, in / group, h, w]`. */
  readonly kernel: Tensor<'int8'>;
  /** One a channel, `[out]`. */
  readonly kernelScale: Tensor<'float32'>;
  /** int32 `[out]`: `bias = q * biasScale`. */
  readonly bias: Tensor<'int32'>;
  readonly biasScale: Tensor<'float32'>;
}

/** So much of int32 is left for the sum that the bias is added to. */
const LARGEST_BIAS = 2 ** 30;

/**
 * Symmetric weights with a scale for each output channel; the bias in steps of a product of input and weight.
 *
 * Rounded weights give sums that are off on average, by as much as the mean of the input says; where it is known, the
 * bias takes that back.
 *
 * @param kernel - `[out, in / group, h, w]`.
 * @param bias - `[out]`.
 * @param inputScale - Of the bytes that the kernel meets.
 * @param inputMeans - Of every input channel.
 * @see https://arxiv.org/abs/1906.04721 Section 4.2, bias correction
 */
export function quantizeConv(
  kernel: Tensor<'float32'>,
  bias: Float32Array,
  inputScale: number,
  bits: WeightBits,
  inputMeans?: Float64Array,
): QuantizedConv {
  const largest = 2 ** (bits - 1) - 1;
  const [channels] = kernel.shape as [number];
  const each = kernel.data.length / channels;
  const perGroup = kernel.shape[1] ?? 1;
  const channelsOfGroup = channels / ((inputMeans?.length ?? perGroup) / perGroup);
  const weights = new Int8Array(kernel.data.length);
  const scales = new Float32Array(channels);
  const biasScales = new Float32Array(channels);
  const biases = new Int32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const own = kernel.data.subarray(channel * each, (channel + 1) * each);
    const extreme = own.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0);
    // A channel that gives next to nothing beside its bias: coarser weights keep the bias in int32.
    const forBias = Math.abs(bias[channel]!) / (inputScale * LARGEST_BIAS);
    scales[channel] = Math.max(extreme / largest, forBias, MIN_SCALE);
    const scale = scales[channel]!;
    const firstInput = Math.floor(channel / channelsOfGroup) * perGroup;
    let excess = 0;
    own.forEach((weight, i) => {
      const rounded = Math.max(-largest, Math.min(largest, Math.round(weight / scale)));
      weights[channel * each + i] = rounded;
      const input = firstInput + Math.floor((i * perGroup) / each);
      excess += (rounded * scale - weight) * (inputMeans?.[input] ?? 0);
    });
    biasScales[channel] = scale * inputScale;
    biases[channel] = Math.round((bias[channel]! - excess) / biasScales[channel]!);
  }
  return {
    kernel: tensor('int8', kernel.shape, weights),
    kernelScale: floats([channels], scales),
    bias: tensor('int32', [channels], biases),
    biasScale: floats([channels], biasScales),
  };
}
