/** @file The content of images: its hash, by which a page asks for it, and small pictures of it. */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { loadSharp } from '../../node/images/image-loaders.ts';
import { detectImageFormat, FORMAT_BYTES } from '../../vision/images/image-format.ts';
import { imageLimits } from '../../vision/images/image-limits.ts';
import type { ImageIndex, IndexedImage } from '../project/image-index.ts';
import { eachOf } from './each-of.ts';
import { resolvePlace } from './project-paths.ts';
import { RecentBytes } from './recent-bytes.ts';
import type { ExampleContents } from './studio-project.ts';

const THUMBNAIL_PX = 256;
/** Of thumbnails in memory. */
const MAX_KEPT_BYTES = 48e6;

/** Files and thumbnails by hash. */
export class ImageContents implements ExampleContents {
  readonly #root: string;
  readonly #index: ImageIndex;
  readonly #thumbnails = new RecentBytes(MAX_KEPT_BYTES);
  /** What is being made: pages that ask for the same at once get the same. */
  readonly #making = new Map<string, Promise<Uint8Array | undefined>>();

  constructor(root: string, index: ImageIndex) {
    this.#root = root;
    this.#index = index;
  }

  hash(images: readonly IndexedImage[], signal?: AbortSignal): Promise<void> {
    return eachOf(images, (image) => this.#hashOne(image), signal);
  }

  /** The bytes of an image and their type; undefined where no image has that hash any more. */
  async read(hash: string): Promise<{ readonly bytes: Buffer; readonly type: string } | undefined> {
    for (const image of this.#index.withHash(hash)) {
      const bytes = await readFile(resolvePlace(this.#root, image.path)).catch(() => undefined);
      if (bytes === undefined || digest(bytes) !== hash) continue;
      const format = detectImageFormat(bytes.subarray(0, FORMAT_BYTES));
      if (format !== undefined) return { bytes, type: `image/${format}` };
    }
    return undefined;
  }

  /** A small WebP of an image; undefined where there is none, or it cannot be decoded. */
  async thumbnail(hash: string): Promise<Uint8Array | undefined> {
    const kept = this.#thumbnails.get(hash);
    if (kept !== undefined) return kept;
    const making = this.#making.get(hash) ?? this.#make(hash).finally(() => this.#making.delete(hash));
    this.#making.set(hash, making);
    return making;
  }

  async #make(hash: string): Promise<Uint8Array | undefined> {
    const image = await this.read(hash);
    if (image === undefined) return undefined;
    const made = await loadSharp()(image.bytes, { failOn: 'none', limitInputPixels: imageLimits().pixels })
      .rotate()
      .resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: 'cover' })
      .flatten({ background: '#fff' })
      .webp({ quality: 80, effort: 1 })
      .toBuffer()
      .catch(() => undefined);
    if (made !== undefined) this.#thumbnails.set(hash, made);
    return made;
  }

  async #hashOne(image: IndexedImage): Promise<void> {
    const path = resolvePlace(this.#root, image.path);
    try {
      const { mtimeMs, size } = await stat(path);
      const stamp = `${mtimeMs} ${size}`;
      if (image.hash !== undefined && image.stamp === stamp) return;
      this.#index.setHash(image, digest(await readFile(path)), stamp);
    } catch {
      this.#index.setHash(image, null, '');
    }
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
