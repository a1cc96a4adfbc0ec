/** @file Images that a page has, as the engine reads images: hashes of their bytes, and their pixels, decoded ahead. */

import { GraftError } from '../core/errors/graft-error.ts';
import { HASH_BYTES, hashAt, isHashed } from '../core/examples/content-hashes.ts';
import { countChannels, type RawImage } from '../core/examples/image-content.ts';
import type { Sample, SkippedFile } from '../core/examples/sample.ts';
import { inTurns } from '../core/runtime/in-turns.ts';
import { platform } from '../core/runtime/platform.ts';
import type { ImageBatch, ImageReader, ReadBatchesOptions } from '../vision/images/image-reader.ts';
import { browser } from './browser.ts';
import { imagePixels, isPixels } from './image-pixels.ts';
import { isBlob } from './is-blob.ts';

/** A labeled image of a page. */
export interface GivenSample extends Sample {
  readonly image: Blob | RawImage;
}

/** Images that are decoded at once: the browser has threads for it, and a photograph takes 50 MB. */
const DECODED_AT_ONCE = 4;

/** Reads {@link GivenSample}. */
export const givenImages: ImageReader = {
  async hash(samples, start, end, { hashes }, signal) {
    for (let index = start; index < end; index++) {
      signal?.throwIfAborted();
      if (isHashed(hashes, index)) continue;
      const digest = await digestOf(samples[index] as GivenSample).catch(() => undefined);
      if (digest !== undefined) hashes.set(digest, index * HASH_BYTES);
    }
  },
  // A file of a page that was changed since it was chosen cannot be read any more.
  isUnchanged: async (_, index, hashes) => hashAt(hashes, index).some((byte) => byte !== 0),
  decodeBytes: async () => 0,
  async *decode(samples, options): AsyncGenerator<ImageBatch, void, undefined> {
    const { batchSize, signal } = options;
    let ahead: Promise<DecodedBatch> | undefined;
    for (let start = 0; start < samples.length; start += batchSize) {
      signal?.throwIfAborted();
      const current = ahead ?? startBatch(samples.slice(start, start + batchSize), options);
      const next = samples.slice(start + batchSize, start + 2 * batchSize);
      const { pixels, kept, skipped, failure } = await current;
      if (failure !== undefined && options.strict === true) throw failure;
      for (const file of skipped) options.onSkip?.(file);
      ahead = next.length === 0 ? undefined : startBatch(next, options);
      if (kept.length > 0) yield { pixels, samples: kept };
    }
  },
};

interface DecodedBatch {
  readonly pixels: Uint8Array;
  readonly kept: readonly Sample[];
  readonly skipped: readonly SkippedFile[];
  readonly failure: unknown;
}

function startBatch(samples: readonly Sample[], options: ReadBatchesOptions): Promise<DecodedBatch> {
  const batch = decodeBatch(samples as readonly GivenSample[], options);
  // Whoever stops early never looks at the batch ahead.
  batch.catch(() => {});
  return batch;
}

async function decodeBatch(
  samples: readonly GivenSample[],
  { width, height, resize, signal }: ReadBatchesOptions,
): Promise<DecodedBatch> {
  const imageBytes = width * height * 3;
  const decoded: (Uint8Array | GraftError)[] = [];
  const decodeOne = async (index: number): Promise<void> => {
    const { file, image } = samples[index]!;
    decoded[index] = await imagePixels(image, { width, height, resize }, `image "${file}"`).catch(imageFault);
  };
  await inTurns(0, samples.length, signal, decodeOne, DECODED_AT_ONCE);
  const kept = samples.filter((_, index) => decoded[index] instanceof Uint8Array);
  const pixels = new Uint8Array(kept.length * imageBytes);
  let at = 0;
  for (const each of decoded) if (each instanceof Uint8Array) pixels.set(each, imageBytes * at++);
  const failures = samples.flatMap(({ file }, index) => {
    const fault = decoded[index];
    return fault instanceof GraftError ? [{ file, fault }] : [];
  });
  const skipped = failures.map(({ file, fault }) => ({ file, reason: fault.parts.received }));
  return { pixels, kept, skipped, failure: failures[0]?.fault };
}

function imageFault(error: unknown): GraftError {
  if (error instanceof GraftError && error.code === 'image') return error;
  throw error;
}

/** Of a file that of its bytes; the same as in Node, so that a model file knows its training images anywhere. */
async function digestOf({ image }: GivenSample): Promise<Uint8Array> {
  if (isBlob(image)) {
    const bytes = new Uint8Array(await image.arrayBuffer());
    // The browser's own is ten times as fast, and only there where the page came safely.
    const { subtle } = browser.crypto ?? {};
    return subtle === undefined
      ? platform.sha256().update(bytes).bytes()
      : new Uint8Array(await subtle.digest('SHA-256', bytes));
  }
  if (!isPixels(image)) throw new TypeError('expected a file or pixels');
  const { data, width, height } = image;
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return platform
    .sha256()
    .update(`pixels ${width} x ${height} x ${countChannels(image)}\n`)
    .update(pixels)
    .bytes();
}
