/** @file The frozen part of a model as a graph: as its layers have it, or its int8 model. */

import { type ContentHashes, hashAt } from '../examples/content-hashes.ts';
import type { Example } from '../examples/example.ts';
import type { Modality } from '../examples/modality.ts';
import type { Graph } from '../graph/graph.ts';
import { QUANTIZATION_VERSION } from '../graph/quantize/quantize-graph.ts';
import { platform } from '../runtime/platform.ts';
import { type CalibrationOptions, quantizeFrozen } from './int8-frozen.ts';

export type Precision = 'float32' | 'int8';

/** Enough: with 8 to 500 of cats-vs-dogs, MobileNetV2's features came equally near to those of float32. */
const CALIBRATION_EXAMPLES = 64;

/** Positions of the examples that int8 is calibrated on: evenly over all, and so over all classes. */
export function calibrationPositions(examples: number): number[] {
  const count = Math.min(CALIBRATION_EXAMPLES, examples);
  return Array.from({ length: count }, (_, index) => Math.floor((index * examples) / count));
}

/** What tells one int8 model of a network from another: how it is made, and the examples that it is calibrated on. */
export function calibrationIdentity(hashes: ContentHashes, examples: number): string {
  const hash = platform.sha256().update(`quantization ${QUANTIZATION_VERSION}`);
  for (const position of calibrationPositions(examples)) hash.update(hashAt(hashes, position));
  return hash.hex();
}

/**
 * The int8 model of a graph from what a modality feeds to features.
 *
 * @param examples - Of the training, of which some are looked at.
 */
export async function int8Model(
  graph: Graph,
  examples: readonly Example[],
  { modality, batchSize }: { readonly modality: Modality; readonly batchSize: number },
  options: CalibrationOptions,
): Promise<Graph> {
  const chosen = calibrationPositions(examples.length).map((position) => examples[position]!);
  return quantizeFrozen(graph, modality.batches(chosen, { batchSize, signal: options.signal }), options);
}
