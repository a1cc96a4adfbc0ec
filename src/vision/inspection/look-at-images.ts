/** @file Looks at images, each once: what was seen is kept in the feature cache, by the image's content. */

import { type ContentHashes, HASH_BYTES, hashAt, isHashed } from '../../core/examples/content-hashes.ts';
import type { Sample } from '../../core/examples/sample.ts';
import type { FeatureStores } from '../../core/features/feature-spaces.ts';
import { inTurns } from '../../core/runtime/in-turns.ts';
import { platform } from '../../core/runtime/platform.ts';
import { decodeLook, encodeLook, type ImageLook, LOOK_BYTES, LOOK_SIZE } from './image-look.ts';

/** Decodes an image and looks at it. @throws If it cannot be read. */
export type LookAtSample = (sample: Sample) => Promise<ImageLook>;

export interface LookOptions {
  readonly look: LookAtSample;
  /** Filled in already. */
  readonly hashes: ContentHashes;
  readonly featureStores?: FeatureStores | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of images that are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Raised when the same image would look otherwise. */
const LOOK_VERSION = 1;
/** So many looks are stored at once. */
const STORED_AT_ONCE = 256;

/**
 * Looks at images.
 *
 * @returns In their order; undefined for what cannot be read.
 * @throws The signal's reason.
 */
export async function lookAtImages(
  samples: readonly Sample[],
  { look, hashes, featureStores, signal, onProgress }: LookOptions,
): Promise<(ImageLook | undefined)[]> {
  const store = await featureStores?.space(
    platform.sha256().update(`look ${LOOK_VERSION}`).hex(),
    { backbone: 'none', cut: 'brightness, sharpness, hashes', sizePx: LOOK_SIZE, features: 'look' },
    LOOK_BYTES,
  );
  const looks = new Array<ImageLook | undefined>(samples.length);
  let done = 0;
  const count = (): void => {
    done++;
    onProgress?.(done);
  };
  if (store !== undefined) {
    const locations = store.locate(hashes.hashes);
    const rows = Uint32Array.from(locations.keys()).filter(
      (row) => locations[row]! >= 0 && isHashed(hashes.hashes, row),
    );
    for (let from = 0; from < rows.length; from += STORED_AT_ONCE) {
      const some = rows.subarray(from, from + STORED_AT_ONCE);
      const bytes = new Uint8Array(some.length * LOOK_BYTES);
      const lost = new Set(store.read(locations, some, bytes));
      some.forEach((row, index) => {
        if (lost.has(index)) return;
        looks[row] = decodeLook(bytes.subarray(index * LOOK_BYTES, (index + 1) * LOOK_BYTES));
        count();
      });
    }
  }
  const wanted = [...samples.keys()].filter((row) => looks[row] === undefined);
  let unsaved: number[] = [];
  const save = async (): Promise<void> => {
    const rows = unsaved.filter((row) => isHashed(hashes.hashes, row));
    unsaved = [];
    if (store === undefined || rows.length === 0) return;
    const [keys, values] = [
      new Uint8Array(rows.length * HASH_BYTES),
      new Uint8Array(rows.length * LOOK_BYTES),
    ];
    rows.forEach((row, index) => {
      keys.set(hashAt(hashes, row), index * HASH_BYTES);
      values.set(encodeLook(looks[row]!), index * LOOK_BYTES);
    });
    await store.put(keys, values);
  };
  await inTurns(0, wanted.length, signal, async (index) => {
    const row = wanted[index]!;
    looks[row] = await look(samples[row]!).catch(() => undefined);
    if (looks[row] !== undefined) unsaved.push(row);
    count();
    if (unsaved.length >= STORED_AT_ONCE) await save();
  });
  await save();
  await store?.flush();
  return looks;
}
