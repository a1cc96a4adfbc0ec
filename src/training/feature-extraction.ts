/** @file Runs the frozen part over pictures and keeps what comes out. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PictureBatch } from '../data/decode-batches.ts';
import type { Sample } from '../data/sample.ts';
import type { Session } from '../runtime/session.ts';
import { tensor } from '../tensor/tensor.ts';
import type { FeatureSet } from './feature-set.ts';

export interface ExtractionOptions {
  /** Size of the pictures that the network sees, in pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Numbers in one picture's features. */
  readonly width: number;
  readonly classes: number;
  /** How many pictures may come. */
  readonly pictures: number;
  /** How many of them were unreadable so far. */
  readonly skipped: () => number;
  /** Changes a picture's pixels in place before the network sees them. */
  readonly view?: (pixels: Uint8Array, sample: Sample) => void;
  /** Called after every batch with the number of pictures done, unreadable ones included. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Pictures in a forward pass: larger is hardly faster, and holds the JavaScript thread longer.
 * While the network runs, the next pictures are decoded in sharp's threads.
 */
export const FORWARD_BATCH = 16;

/**
 * Features of pictures, in their order.
 *
 * @param frozen - Takes `image`, uint8 `[N, height, width, 3]`, and gives `features`, float32 `[N, ...]`.
 * @throws What the batches throw: the signal's reason, or GraftError `picture` in strict mode.
 */
export async function extractFeatures(
  frozen: Session,
  batches: AsyncIterable<PictureBatch>,
  options: ExtractionOptions,
): Promise<FeatureSet> {
  const { widthPx, heightPx, width, pictures, view, onProgress } = options;
  const features = new Float32Array(pictures * width);
  const labels = new Uint16Array(pictures);
  const pictureBytes = heightPx * widthPx * 3;
  let size = 0;
  let told = 0;
  const tell = (): void => {
    told = size + options.skipped();
    onProgress?.(told);
  };
  for await (const { pixels, samples } of batches) {
    if (view !== undefined) {
      samples.forEach((sample, index) => {
        view(pixels.subarray(index * pictureBytes, (index + 1) * pictureBytes), sample);
      });
    }
    const image = tensor('uint8', [samples.length, heightPx, widthPx, 3], pixels);
    const results = await frozen.run({ image });
    features.set(results['features']!.data as Float32Array, size * width);
    samples.forEach(({ label }, index) => {
      labels[size + index] = label;
    });
    size += samples.length;
    tell();
    await nextTurn();
  }
  // A last batch in which nothing was readable never came.
  if (size + options.skipped() > told) tell();
  return {
    features: features.subarray(0, size * width),
    labels: labels.subarray(0, size),
    width,
    classes: options.classes,
    size,
  };
}
