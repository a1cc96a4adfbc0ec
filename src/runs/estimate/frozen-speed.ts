/** @file How fast images go through the frozen part: a few of them, decoded and computed. */

import type { Sample } from '../../core/examples/sample.ts';
import { FORWARD_BATCH } from '../../core/features/feature-extraction.ts';
import { widen } from '../../core/features/feature-set.ts';
import type { Session } from '../../core/runtime/session.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import type { ImageReader } from '../../vision/images/image-reader.ts';

export interface FrozenSpeedOptions {
  /** What reads the samples. */
  readonly images: ImageReader;
  /** Of these some are taken. */
  readonly samples: readonly Sample[];
  readonly session: Session;
  readonly widthPx: number;
  readonly heightPx: number;
  /** What changes an image before it is computed, for augmentation. */
  readonly draw?: ((pixels: Uint8Array) => void) | undefined;
  readonly signal?: AbortSignal;
}

export interface FrozenSpeed {
  /** Seconds that an image takes to be read, decoded and scaled. */
  readonly decode: number;
  /** Seconds that an image takes after that. */
  readonly compute: number;
  /** Rows of the images that were computed. */
  readonly features: Float32Array;
}

/** How long the measured pass may take. */
const PASS_SECONDS = 0.15;

/**
 * Measures: a first image warms everything up, a second one tells how many a pass may have.
 *
 * @returns Undefined if none of the images can be read.
 */
export async function measureFrozen(options: FrozenSpeedOptions): Promise<FrozenSpeed | undefined> {
  const { images, samples, session, widthPx, heightPx, draw, signal } = options;
  const imageBytes = widthPx * heightPx * 3;
  const decoded = async (some: readonly Sample[]): Promise<{ pixels: Uint8Array; seconds: number }> => {
    const started = performance.now();
    const form = { width: widthPx, height: heightPx, batchSize: Math.max(1, some.length), prefetch: 0 };
    let pixels: Uint8Array = new Uint8Array(0);
    for await (const batch of images.decode(some, { ...form, signal })) pixels = batch.pixels;
    return { pixels, seconds: since(started) };
  };
  const computed = async (pixels: Uint8Array): Promise<{ features: Float32Array; seconds: number }> => {
    const count = pixels.length / imageBytes;
    const started = performance.now();
    for (let i = 0; i < count; i++) draw?.(pixels.subarray(i * imageBytes, (i + 1) * imageBytes));
    const { features } = await session.run({ image: tensor('uint8', [count, heightPx, widthPx, 3], pixels) });
    return { features: asFloats(features!.data as Float32Array | Uint16Array), seconds: since(started) };
  };
  const [first] = samples;
  if (first === undefined) return undefined;
  const one = (await decoded([first])).pixels;
  if (one.length > 0) await computed(one.slice());
  const alone = one.length > 0 ? (await computed(one)).seconds : PASS_SECONDS;
  const max = Math.max(1, Math.min(FORWARD_BATCH, Math.floor(PASS_SECONDS / alone)));
  const { pixels, seconds: decoding } = await decoded(samples.slice(1, 1 + max));
  const count = pixels.length / imageBytes;
  if (count === 0) {
    if (one.length === 0) return undefined;
    const again = await computed(one);
    return { decode: 0, compute: again.seconds, features: again.features };
  }
  const { features, seconds } = await computed(pixels);
  // A single image, or a pass that was disturbed, is hardly slower for each than many.
  return { decode: decoding / count, compute: Math.min(seconds / count, alone), features };
}

function asFloats(numbers: Float32Array | Uint16Array): Float32Array {
  if (numbers instanceof Float32Array) return numbers;
  const floats = new Float32Array(numbers.length);
  widen(numbers, floats, 0);
  return floats;
}

function since(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}
