/** @file Decodes labeled images batch by batch, ahead of whoever uses them. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { sizeText } from '../../core/errors/size-text.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import type { ImageBatch, ReadBatchesOptions } from '../../vision/images/image-reader.ts';
import { type DecodeOptions, decodeImage } from './image-decoder.ts';

export type DecodeBatchesOptions = DecodeOptions & ReadBatchesOptions;

/**
 * Decodes the samples in order. All images of the batches ahead are handed to the decoder's threads before a batch
 * is yielded: they go on while the caller blocks the JavaScript thread, as ONNX Runtime's `run` does.
 * At most `prefetch + 1` batches are held, the caller's among them.
 *
 * @throws {GraftError} `image`, in strict mode; `argument` if `batchSize` or `prefetch` is no count; `memory`, if a batch
 *   has more than 4 GB.
 */
export async function* decodeBatches(
  samples: readonly Sample[],
  options: DecodeBatchesOptions,
): AsyncGenerator<ImageBatch, void, undefined> {
  const { batchSize, prefetch = 2, signal } = options;
  refuseBadCount(batchSize, 'batch size', 1);
  refuseBadCount(prefetch, 'prefetch', 0);
  const batchBytes = Math.min(batchSize, samples.length) * options.height * options.width * 3;
  refuseHugeBatch(batchBytes, options);
  const ahead: Promise<DecodedBatch>[] = [];
  // Used again, for what lies in the caller's hands for a while is garbage that is collected late: with a long queue of
  // images, 40 MB of it.
  const free: Uint8Array[] = [];
  let next = 0;
  const startUpTo = (batches: number): void => {
    while (ahead.length < batches && next < samples.length) {
      const memory = free.pop() ?? new Uint8Array(batchBytes);
      const started = decodeBatch(samples.slice(next, next + batchSize), memory, options);
      // A caller that stops early never looks at the batches ahead.
      started.catch(() => {});
      ahead.push(started);
      next += batchSize;
    }
  };
  startUpTo(prefetch + 1);
  for (let current = ahead.shift(); current; current = ahead.shift()) {
    signal?.throwIfAborted();
    const { batch, skipped, firstFailure } = await untilAborted(current, signal);
    if (firstFailure && options.strict) throw firstFailure;
    for (const file of skipped) options.onSkip?.(file);
    startUpTo(prefetch);
    if (batch.samples.length > 0) yield batch;
    free.push(new Uint8Array(batch.pixels.buffer));
    startUpTo(prefetch + 1);
  }
}

interface DecodedBatch {
  readonly batch: ImageBatch;
  readonly skipped: readonly SkippedFile[];
  readonly firstFailure: GraftError | undefined;
}

async function decodeBatch(
  samples: readonly Sample[],
  pixels: Uint8Array,
  options: DecodeOptions,
): Promise<DecodedBatch> {
  const imageBytes = options.height * options.width * 3;
  const failures = await Promise.all(
    samples.map(async ({ file, content }, index) => {
      try {
        pixels.set(await decodeImage(content ?? file, options), index * imageBytes);
        return undefined;
      } catch (error) {
        if (!(error instanceof GraftError) || error.code !== 'image') throw error;
        return content === undefined ? error : named(error, file);
      }
    }),
  );
  const kept: Sample[] = [];
  const skipped: SkippedFile[] = [];
  samples.forEach((sample, index) => {
    const failure = failures[index];
    if (failure) {
      skipped.push({ file: sample.file, reason: failure.parts.received });
      return;
    }
    if (skipped.length > 0) {
      const from = index * imageBytes;
      pixels.copyWithin(kept.length * imageBytes, from, from + imageBytes);
    }
    kept.push(sample);
  });
  return {
    batch: { pixels: pixels.subarray(0, kept.length * imageBytes), samples: kept },
    skipped,
    firstFailure: failures.find((failure) => failure !== undefined),
  };
}

/** Bytes in memory do not tell what they are called. */
function named(error: GraftError, name: string): GraftError {
  return new GraftError(error.code, { ...error.parts, where: `image "${name}"` }, { cause: error });
}

/** Waits for a batch, but no longer than until the signal is given. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop!);
  }
}

/** Node gives no array more than this on all of its versions. */
const MAX_BATCH_BYTES = 4e9;

function refuseHugeBatch(bytes: number, { width, height }: DecodeOptions): void {
  if (bytes <= MAX_BATCH_BYTES) return;
  throw new GraftError('memory', {
    where: 'image batches',
    expected: `batches of at most ${sizeText(MAX_BATCH_BYTES)}`,
    received: `${sizeText(bytes)}: images of ${width} x ${height} pixels`,
    advice: 'Give a smaller size, or smaller batches.',
  });
}

function refuseBadCount(count: number, name: string, min: number): void {
  if (Number.isInteger(count) && count >= min) return;
  throw new GraftError('argument', {
    where: 'image batches',
    expected: `a ${name} of at least ${min}`,
    received: String(count),
    advice: 'Give a whole number.',
  });
}
