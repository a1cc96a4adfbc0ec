/** @file Finds pixels that are scaled: `x = scale * p + offset`, as a `imageGraph` begins. */

import type { Tensor } from '../../tensor/tensor.ts';
import type { Graph } from '../graph.ts';
import { findProducers, isOp } from './rewrite.ts';

/** Bytes that are pixels, and what makes numbers of them. */
export interface PixelInput {
  /** Value with the bytes, uint8 `[N, C, H, W]`. */
  readonly bytes: string;
  /** The same bytes as float32. */
  readonly numbers: string;
  /** One a channel. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/** The pixels behind a value that is `bytes * scale + offset`; undefined for any other. */
export function pixelsBehind(graph: Graph, name: string): PixelInput | undefined {
  const producers = findProducers(graph);
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
  return scale && offset && { bytes: bytes.name, numbers: cast.outputs[0]!, scale, offset };
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
