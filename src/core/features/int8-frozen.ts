/** @file The frozen part in int8, calibrated on examples. */

import { GraftError } from '../errors/graft-error.ts';
import type { FeedBatch } from '../examples/modality.ts';
import type { Graph } from '../graph/graph.ts';
import { calibrationGraph, RangeCollector } from '../graph/quantize/calibration-graph.ts';
import type { ValueRanges } from '../graph/quantize/quantization.ts';
import { quantizeGraph } from '../graph/quantize/quantize-graph.ts';
import { createSession } from '../runtime/create-session.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import { rowsOfAll } from './tensor-rows.ts';

export interface CalibrationOptions extends RuntimeOptions {
  /** Threads of the runtime. Default: all. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is fed to the graph, by the names of its inputs. */
export type FeedBatches = AsyncIterable<Pick<FeedBatch, 'feeds'>> | Iterable<Pick<FeedBatch, 'feeds'>>;

/** Examples in a run. All values of a graph are looked at, but few live at once. */
const BATCH = 8;

/**
 * The int8 model of a frozen part, with ranges from examples that it is to be used on: training examples, of all
 * classes. The same on every machine, but for what float32 rounds in the ranges.
 *
 * @param graph - Simplified, from what the modality feeds to features.
 * @returns A graph with the same inputs and outputs.
 * @throws {GraftError} `dataset`, if no example comes. And the signal's reason.
 */
export async function quantizeFrozen(
  graph: Graph,
  batches: FeedBatches,
  options: CalibrationOptions = {},
): Promise<Graph> {
  return quantizeGraph(graph, await rangesOnImages(graph, batches, options));
}

/** The ranges of a frozen part's values on examples. Parameters and errors as of {@link quantizeFrozen}. */
export async function rangesOnImages(
  graph: Graph,
  batches: FeedBatches,
  { threads, signal, runtime = platform }: CalibrationOptions = {},
): Promise<ValueRanges> {
  const calibration = calibrationGraph(graph);
  const collector = new RangeCollector(calibration);
  const names = calibration.graph.inputs.map(({ name }) => name);
  const session = await createSession(calibration.graph, { threads, runtime });
  let isEmpty = true;
  try {
    for await (const { feeds } of batches) {
      const wanted = Object.fromEntries(names.map((name) => [name, feeds[name]!]));
      const count = wanted[names[0]!]!.shape[0]!;
      for (let start = 0; start < count; start += BATCH) {
        signal?.throwIfAborted();
        collector.add(await session.run(rowsOfAll(wanted, start, start + BATCH)));
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
    expected: 'at least 1 example to calibrate on',
    received: 'none',
    advice: 'Give readable training examples.',
  });
}
