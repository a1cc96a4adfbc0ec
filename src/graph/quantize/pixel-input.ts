/** @file The scaling of pixels, `x = scale * p + offset`, as part of the convolution that follows it. */

import { floats, type Tensor } from '../../tensor/tensor.ts';
import type { Graph, Node } from '../graph.ts';
import { isOp, producersOf } from '../passes/rewrite.ts';
import type { Quantization } from './quantization.ts';

/** Bytes that are pixels, and what makes numbers of them. */
export interface PixelInput {
  /** Value with the bytes, uint8 `[N, C, H, W]`. */
  readonly bytes: string;
  /** One a channel. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/** The pixels behind a value that is `bytes * scale + offset`; undefined for any other. */
export function pixelsBehind(graph: Graph, name: string): PixelInput | undefined {
  const producers = producersOf(graph);
  const sum = producers.get(name);
  const product = isOp(sum, 'Add') ? producers.get(sum.inputs[0]!) : undefined;
  const cast = isOp(product, 'Mul') ? producers.get(product.inputs[0]!) : undefined;
  if (!isOp(cast, 'Cast') || cast.attributes.to !== 'float32') return undefined;
  const bytes = graph.values.get(cast.inputs[0]!)!;
  const channels = bytes.shape[1];
  if (bytes.dtype !== 'uint8' || bytes.shape.length !== 4 || typeof channels !== 'number') return undefined;
  const [scale, offset] = [product, sum].map((node) =>
    eachChannel(graph.constants.get(node!.inputs[1]!), channels),
  );
  return scale && offset && { bytes: bytes.name, scale, offset };
}

function eachChannel(constant: Tensor | undefined, channels: number): number[] | undefined {
  if (constant?.dtype !== 'float32') return undefined;
  const { shape, data } = constant as Tensor<'float32'>;
  if (data.length === 1) return new Array<number>(channels).fill(data[0]!);
  const leading = shape.length <= 4 ? shape : [];
  const [c, ...spatial] = leading.slice(-3);
  return c === channels && spatial.every((size) => size === 1) && data.length === channels
    ? [...data]
    : undefined;
}

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
