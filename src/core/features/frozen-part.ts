/** @file The frozen part of a model as a graph: as its layers have it, or its int8 model. */

import { hashAt, type ImageHashes } from '../../vision/images/image-hash.ts';
import type { ImageReader } from '../../vision/images/image-reader.ts';
import type { Sample } from '../examples/sample.ts';
import type { Graph } from '../graph/graph.ts';
import { QUANTIZATION_VERSION } from '../graph/quantize/quantize-graph.ts';
import { platform } from '../runtime/platform.ts';
import { type CalibrationOptions, quantizeFrozen } from './int8-frozen.ts';

export type Precision = 'float32' | 'int8';

/** Enough: with 8 to 500 of cats-vs-dogs, MobileNetV2's features came equally near to those of float32. */
const CALIBRATION_IMAGES = 64;

/** Positions of the images that int8 is calibrated on: evenly over all, and so over all classes. */
export function calibrationPositions(images: number): number[] {
  const count = Math.min(CALIBRATION_IMAGES, images);
  return Array.from({ length: count }, (_, index) => Math.floor((index * images) / count));
}

/** What tells one int8 model of a network from another: how it is made, and the images that it is calibrated on. */
export function calibrationIdentity(hashes: ImageHashes, images: number): string {
  const hash = platform.sha256().update(`quantization ${QUANTIZATION_VERSION}`);
  for (const position of calibrationPositions(images)) hash.update(hashAt(hashes, position));
  return hash.hex();
}

/**
 * The int8 model of a graph from `image` to `features`.
 *
 * @param samples - Training images, of which some are looked at.
 */
export async function int8Model(
  graph: Graph,
  samples: readonly Sample[],
  decoding: {
    readonly images: ImageReader;
    readonly width: number;
    readonly height: number;
    readonly batchSize: number;
  },
  options: CalibrationOptions,
): Promise<Graph> {
  const { images, ...form } = decoding;
  const chosen = calibrationPositions(samples.length).map((position) => samples[position]!);
  return quantizeFrozen(graph, images.decode(chosen, { ...form, signal: options.signal }), options);
}
