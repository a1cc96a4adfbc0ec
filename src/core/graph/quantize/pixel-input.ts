/** @file The scaling of pixels, `x = scale * p + offset`, as part of the convolution that follows it. */

import { floats, type Tensor } from '../../tensor/tensor.ts';
import type { Node } from '../graph.ts';
import type { PixelInput } from '../passes/scaled-pixels.ts';
import type { Quantization } from './quantization.ts';

export interface PixelConv {
  readonly quantization: Quantization;
  readonly kernel: Tensor<'float32'>;
  readonly bias: Float32Array;
  /** Of the input's channels, above the zero point. */
  readonly means: Float64Array | undefined;
}

/**
 * A convolution that takes pixels as they are: `w' = w * scale`, `b' = b + sum of w * (offset + scale * zero point)`.
 * The zero point is what pads hold; where it is not the pixel that is scaled to 0 to within half a level, a
 * convolution with pads is refused (undefined).
 *
 * @param means - Of the channels of `x`, scaled.
 */
export function onPixels(
  { scale, offset }: PixelInput,
  node: Node<'Conv'>,
  kernel: Tensor<'float32'>,
  bias: Float32Array,
  means?: Float64Array,
): PixelConv | undefined {
  if ((node.attributes.group ?? 1) !== 1 || scale.some((each) => each === 0)) return undefined;
  const zeros = scale.map((each, channel) => -offset[channel]! / each);
  const mean = zeros.reduce((a, b) => a + b, 0) / zeros.length;
  const zeroPoint = Math.min(Math.max(Math.round(mean), 0), 255);
  const padded = node.attributes.pads?.some((pad) => pad !== 0) === true;
  if (padded && zeros.some((zero) => Math.abs(zero - zeroPoint) > 0.501)) return undefined;
  const [out, channels, ...window] = kernel.shape as [number, number, ...number[]];
  const taps = window.reduce((a, b) => a * b, 1);
  const shifted = Float64Array.from(bias);
  const scaled = kernel.data.map((weight, index) => {
    const channel = Math.floor(index / taps) % channels;
    const filter = Math.floor(index / (taps * channels));
    shifted[filter]! += weight * (offset[channel]! + scale[channel]! * zeroPoint);
    return weight * scale[channel]!;
  });
  return {
    quantization: { scale: 1, zeroPoint },
    kernel: floats([out, channels, ...window], scaled),
    bias: Float32Array.from(shifted),
    means: means?.map((each, channel) => (each - offset[channel]!) / scale[channel]! - zeroPoint),
  };
}
