/** @file The frozen part in int8, calibrated on pictures. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import { calibrationGraph, RangeCollector } from '../graph/quantize/calibration-graph.ts';
import type { PlanOptions } from '../graph/quantize/quantization-plan.ts';
import { quantizeGraph } from '../graph/quantize/quantize-graph.ts';
import type { WeightBits } from '../graph/quantize/quantized-weights.ts';
import { isInt8Exact } from '../runtime/int8-exactness.ts';
import { createSession } from '../runtime/node-session.ts';
import { sizeOf, tensor } from '../tensor/tensor.ts';

export interface QuantizeFrozenOptions extends PlanOptions {
  /** Pictures that are looked at; later ones are not asked for. Default {@link CALIBRATION_PICTURES}. */
  readonly pictures?: number;
  /** Default: 8, or 7 where this machine would not be exact with 8. */
  readonly weightBits?: WeightBits;
  /** Threads of the runtime. Default: all. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Called after every run with the number of pictures seen. */
  readonly onProgress?: (done: number) => void;
}

/** Enough: with 8 to 500 of cats-vs-dogs, MobileNetV2's features came equally near to those of float32. */
export const CALIBRATION_PICTURES = 64;

/** Pictures in a run. All values of a graph are looked at, but few live at once. */
const BATCH = 8;

/**
 * The int8 twin of a frozen part, with ranges from pictures that it is to be used on: training pictures, of all
 * classes.
 *
 * @param graph - Simplified, of one input: uint8 `[N, height, width, 3]`, as a `pictureGraph` has it.
 * @param batches - Pixels of whole pictures.
 * @returns A graph with the same inputs and outputs.
 * @throws {GraftError} `dataset`, if no picture comes; `graph`, if there is no value `upTo`. And the signal's reason.
 */
export async function quantizeFrozen(
  graph: Graph,
  batches: AsyncIterable<{ readonly pixels: Uint8Array }> | Iterable<{ readonly pixels: Uint8Array }>,
  options: QuantizeFrozenOptions = {},
): Promise<Graph> {
  const { pictures = CALIBRATION_PICTURES, threads, signal, onProgress } = options;
  const calibration = calibrationGraph(graph, options);
  const collector = new RangeCollector(calibration);
  const [input] = calibration.graph.inputs;
  const sizes = input!.shape.slice(1) as number[];
  const pictureBytes = sizeOf(sizes);
  const session = await createSession(calibration.graph, { ...(threads !== undefined && { threads }) });
  let done = 0;
  try {
    for await (const { pixels } of batches) {
      const end = Math.min(pixels.length / pictureBytes, pictures - done);
      for (let start = 0; start < end; start += BATCH) {
        signal?.throwIfAborted();
        const count = Math.min(BATCH, end - start);
        const bytes = pixels.subarray(start * pictureBytes, (start + count) * pictureBytes);
        collector.add(await session.run({ [input!.name]: tensor('uint8', [count, ...sizes], bytes) }));
        done += count;
        onProgress?.(done);
        await nextTurn();
      }
      if (done >= pictures) break;
    }
  } finally {
    await session.dispose();
  }
  if (done === 0) throw nothingSeen(graph);
  const weightBits = options.weightBits ?? ((await isInt8Exact()) ? 8 : 7);
  return quantizeGraph(graph, collector.ranges, { ...options, weightBits });
}

function nothingSeen(graph: Graph): GraftError {
  return new GraftError('dataset', {
    where: `quantisation of "${graph.name}"`,
    expected: 'at least 1 picture to calibrate on',
    received: 'none',
    advice: 'Give readable training pictures.',
  });
}
