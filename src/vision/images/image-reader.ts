/** @file What reads images on a machine, as the engine sees it: hashes of their bytes, and their pixels. */

import type { ContentHashes } from '../../core/examples/content-hashes.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import type { ResizeMode } from './resize-mode.ts';

/**
 * How an image is brought to a size. `bilinear`: as Pillow's `BILINEAR`, enlarging to the bit. `libvips`: what Graft did
 * before, the same where it reduces, but enlarged images are up to half a pixel off to the lower right.
 */
export type Interpolation = 'bilinear' | 'libvips';

/** The form that images are decoded to. */
export interface ImageSize {
  /** Width of the result, pixels. */
  readonly width: number;
  /** Height of the result, pixels. */
  readonly height: number;
  /** Default `bilinear`. `libvips` is for models that were trained so. */
  readonly interpolation?: Interpolation | undefined;
  /** What becomes of another aspect. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
}

export interface ReadBatchesOptions extends ImageSize {
  /** Images in a batch; the last batch, and one with unreadable images, has fewer. */
  readonly batchSize: number;
  /** Batches that are decoded while the caller works on the one it has. Default 2. */
  readonly prefetch?: number | undefined;
  /** Ends the iteration by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each image that is left out, in the order of the samples, before its batch comes. */
  readonly onSkip?: ((skipped: SkippedFile) => void) | undefined;
  /** Throw at the first unreadable image rather than leave it out. Default false. */
  readonly strict?: boolean | undefined;
}

export interface ImageBatch {
  /** `[N, height, width, 3]`, values in [0, 255]. Until the next batch is asked for: then others may take their place. */
  readonly pixels: Uint8Array;
  /** The N samples, in their given order. */
  readonly samples: readonly Sample[];
}

/** What reads images: files on a machine, or pixels that a page has. */
export interface ImageReader {
  /**
   * SHA-256 of the images from `start` to `end`, into their places; zeros for what cannot be read. Those that were hashed
   * before are left as they are.
   *
   * @throws The signal's reason, if it aborts.
   */
  hash(
    samples: readonly Sample[],
    start: number,
    end: number,
    hashes: ContentHashes,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Whether an image is still the one that was hashed. False for one that could not be read. */
  isUnchanged(sample: Sample, index: number, hashes: ContentHashes): Promise<boolean>;
  /** Bytes that decoding an image takes beside others, 0 for most; nothing is decoded. */
  decodeBytes(sample: Sample): Promise<number>;
  /**
   * Decodes images in order, batch by batch, ahead of whoever uses them.
   *
   * @throws {GraftError} `image`, in strict mode; `argument`; `memory`. And the signal's reason, if it aborts.
   */
  decode(
    samples: readonly Sample[],
    options: ReadBatchesOptions,
  ): AsyncGenerator<ImageBatch, void, undefined>;
}
