/** @file The frozen part in int8, calibrated on images. */

import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import { calibrationGraph, RangeCollector } from '../graph/quantize/calibration-graph.ts';
import type { ValueRanges } from '../graph/quantize/quantization.ts';
import { quantizeGraph } from '../graph/quantize/quantize-graph.ts';
import { createSession } from '../runtime/create-session.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import { sizeOf, tensor } from '../tensor/tensor.ts';

export interface CalibrationOptions extends RuntimeOptions {
  /** Threads of the runtime. Default: all. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Pixels of whole images, `[N, height, width, 3]`. */
export type PixelBatches =
  | AsyncIterable<{ readonly pixels: Uint8Array }>
  | Iterable<{ readonly pixels: Uint8Array }>;

/** Images in a run. All values of a graph are looked at, but few live at once. */
const BATCH = 8;

/**
 * The int8 model of a frozen part, with ranges from images that it is to be used on: training images, of all
 * classes. The same on every machine, but for what float32 rounds in the ranges.
 *
 * @param graph - Simplified, of one input: uint8 `[N, height, width, 3]`, as a `imageGraph` has it.
 * @returns A graph with the same inputs and outputs.
 * @throws {GraftError} `dataset`, if no image comes. And the signal's reason.
 */
export async function quantizeFrozen(
  graph: Graph,
  batches: PixelBatches,
  options: CalibrationOptions = {},
): Promise<Graph> {
  return quantizeGraph(graph, await rangesOnImages(graph, batches, options));
}

/** The ranges of a frozen part's values on images. Parameters and errors as of {@link quantizeFrozen}. */
export async function rangesOnImages(
  graph: Graph,
  batches: PixelBatches,
  { threads, signal, runtime = platform }: CalibrationOptions = {},
): Promise<ValueRanges> {
  const calibration = calibrationGraph(graph);
  const collector = new RangeCollector(calibration);
  const [input] = calibration.graph.inputs;
  const sizes = input!.shape.slice(1) as number[];
  const imageBytes = sizeOf(sizes);
  const session = await createSession(calibration.graph, { threads, runtime });
  let isEmpty = true;
  try {
    for await (const { pixels } of batches) {
      for (let start = 0; start < pixels.length; start += BATCH * imageBytes) {
        signal?.throwIfAborted();
        const bytes = pixels.subarray(start, start + BATCH * imageBytes);
        const images = tensor('uint8', [bytes.length / imageBytes, ...sizes], bytes);
        collector.add(await session.run({ [input!.name]: images }));
        isEmpty = false;
        await runtime.nextTurn();
      }
    }
  } finally {
    await session.dispose();
  }
  if (isEmpty) throw nothingSeen(graph);
  return collector.ranges;
}

function nothingSeen(graph: Graph): GraftError {
  return new GraftError('dataset', {
    where: `quantization of "${graph.name}"`,
    expected: 'at least 1 image to calibrate on',
    received: 'none',
    advice: 'Give readable training images.',
  });
}
