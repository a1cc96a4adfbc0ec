/** @file The frozen part in int8, calibrated on pictures. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import { calibrationGraph, RangeCollector } from '../graph/quantize/calibration-graph.ts';
import type { ValueRanges } from '../graph/quantize/quantization.ts';
import { quantizeGraph } from '../graph/quantize/quantize-graph.ts';
import { createSession } from '../runtime/node-session.ts';
import { sizeOf, tensor } from '../tensor/tensor.ts';

export interface CalibrationOptions {
  /** Threads of the runtime. Default: all. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** Pixels of whole pictures, `[N, height, width, 3]`. */
export type PixelBatches =
  | AsyncIterable<{ readonly pixels: Uint8Array }>
  | Iterable<{ readonly pixels: Uint8Array }>;

/** Pictures in a run. All values of a graph are looked at, but few live at once. */
const BATCH = 8;

/**
 * The int8 twin of a frozen part, with ranges from pictures that it is to be used on: training pictures, of all
 * classes. The same on every machine, but for what float32 rounds in the ranges.
 *
 * @param graph - Simplified, of one input: uint8 `[N, height, width, 3]`, as a `pictureGraph` has it.
 * @returns A graph with the same inputs and outputs.
 * @throws {GraftError} `dataset`, if no picture comes. And the signal's reason.
 */
export async function quantizeFrozen(
  graph: Graph,
  batches: PixelBatches,
  options: CalibrationOptions = {},
): Promise<Graph> {
  return quantizeGraph(graph, await rangesOnPictures(graph, batches, options));
}

/** The ranges of a frozen part's values on pictures. Parameters and errors as of {@link quantizeFrozen}. */
export async function rangesOnPictures(
  graph: Graph,
  batches: PixelBatches,
  { threads, signal }: CalibrationOptions = {},
): Promise<ValueRanges> {
  const calibration = calibrationGraph(graph);
  const collector = new RangeCollector(calibration);
  const [input] = calibration.graph.inputs;
  const sizes = input!.shape.slice(1) as number[];
  const pictureBytes = sizeOf(sizes);
  const session = await createSession(calibration.graph, { ...(threads !== undefined && { threads }) });
  let isEmpty = true;
  try {
    for await (const { pixels } of batches) {
      for (let start = 0; start < pixels.length; start += BATCH * pictureBytes) {
        signal?.throwIfAborted();
        const bytes = pixels.subarray(start, start + BATCH * pictureBytes);
        const pictures = tensor('uint8', [bytes.length / pictureBytes, ...sizes], bytes);
        collector.add(await session.run({ [input!.name]: pictures }));
        isEmpty = false;
        await nextTurn();
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
    where: `quantisation of "${graph.name}"`,
    expected: 'at least 1 picture to calibrate on',
    received: 'none',
    advice: 'Give readable training pictures.',
  });
}
