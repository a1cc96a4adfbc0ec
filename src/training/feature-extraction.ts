/** @file Runs the frozen part once over every picture and keeps what comes out. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeBatches } from '../data/decode-batches.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import type { Session } from '../runtime/session.ts';
import { tensor } from '../tensor/tensor.ts';
import type { FeatureSet } from './feature-set.ts';

export interface ExtractionOptions {
  /** Side of the square picture that the network sees, in pixels. */
  readonly sizePx: number;
  /** Numbers in one picture's features. */
  readonly width: number;
  readonly classes: number;
  readonly strict?: boolean;
  readonly signal?: AbortSignal;
  /** Called after every batch with the number of pictures done, unreadable ones included. */
  readonly onProgress?: (done: number) => void;
  readonly onSkip?: (skipped: SkippedFile) => void;
}

/**
 * Pictures in a forward pass: larger is hardly faster, and holds the JavaScript thread longer.
 * While the network runs, the next pictures are decoded in sharp's threads.
 */
const FORWARD_BATCH = 16;

/**
 * Features of pictures, in their order; unreadable ones are left out.
 *
 * @param frozen - Takes `image`, uint8 `[N, size, size, 3]`, and gives `features`, float32 `[N, ...]`.
 * @throws The signal's reason, if it aborts; GraftError `picture` in strict mode.
 */
export async function extractFeatures(
  frozen: Session,
  samples: readonly Sample[],
  options: ExtractionOptions,
): Promise<FeatureSet> {
  const { sizePx, width, onProgress } = options;
  const features = new Float32Array(samples.length * width);
  const labels = new Uint16Array(samples.length);
  let size = 0;
  let skipped = 0;
  let told = 0;
  const tell = (): void => {
    told = size + skipped;
    onProgress?.(told);
  };
  const batches = decodeBatches(samples, {
    width: sizePx,
    height: sizePx,
    batchSize: FORWARD_BATCH,
    strict: options.strict ?? false,
    ...(options.signal && { signal: options.signal }),
    onSkip(file) {
      skipped++;
      options.onSkip?.(file);
    },
  });
  for await (const batch of batches) {
    const count = batch.samples.length;
    const image = tensor('uint8', [count, sizePx, sizePx, 3], batch.pixels);
    const results = await frozen.run({ image });
    features.set(results['features']!.data as Float32Array, size * width);
    batch.samples.forEach(({ label }, index) => {
      labels[size + index] = label;
    });
    size += count;
    tell();
    await nextTurn();
  }
  // A last batch in which nothing was readable never came.
  if (size + skipped > told) tell();
  return {
    features: features.subarray(0, size * width),
    labels: labels.subarray(0, size),
    width,
    classes: options.classes,
    size,
  };
}
