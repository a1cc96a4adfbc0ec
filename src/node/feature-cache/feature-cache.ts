/**
 * @file The feature cache: features on disk, found by the content that they were computed from.
 *
 * ```
 * FOLDER/format.json, CACHEDIR.TAG         the format, a newer one is left alone; and with it the mark, see cache-mark.ts
 * FOLDER/spaces/KEY/about.json             for people: which backbone, cut, size
 * FOLDER/spaces/KEY/TIME-HOST-PID-RANDOM.idx, .bin    segments, see segment-format.ts
 * ```
 *
 * Each process writes segments of its own, so there are no locks; all read all. Nothing that is read is believed without
 * its checksum, so a damaged or half-written file costs its entries and nothing else. Room is made by removing whole
 * segments, those first that no run used for longest, of other spaces before those that the run works with; what the run
 * itself uses stays. Why no database holds the index, and why nothing waits for the disk: docs/feature-cache.md.
 */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { isOwnOrEmpty, markCache, readFormat, replaceFile, textOf } from './cache-mark.ts';
import { type CacheSpace, type OpenSpace, openSpace } from './cache-space.ts';
import { CacheStore } from './cache-store.ts';
import { type CacheInfo, clearCache, readCacheInfo, type VerifyReport, verifyCache } from './cache-upkeep.ts';
import { listAllSegments, removeAbandoned, spacesFolder } from './segment-files.ts';
import { CACHE_FORMAT } from './segment-format.ts';

/** How large the cache may become where nobody said otherwise. */
export const DEFAULT_LIMIT_BYTES = 10e9;

/** Where a feature cache lies, and how large it may grow. */
export interface FeatureCacheOptions {
  /** Made where it does not exist. */
  readonly folder: string;
  /** Default 10 GB. */
  readonly limitBytes?: number;
  /** Finds what is there, and keeps nothing: no file is made, changed or removed. Default false. */
  readonly readOnly?: boolean;
  /**
   * Called at most once, with the reason why from now on nothing more is kept: a full disk, a run that needs more than the
   * limit, a folder that cannot be written or was written by a newer version. The run goes on without.
   */
  readonly onProblem?: (problem: GraftError) => void;
}

/** What a space is, for people: `{ backbone, cut, sizePx, ... }`. */
export type AboutSpace = Readonly<Record<string, string | number>>;

/** A folder of features, kept between runs. */
export interface FeatureCache {
  readonly folder: string;
  readonly limitBytes: number;
  /** Why nothing more is kept, as told to `onProblem`. */
  readonly problem: GraftError | undefined;
  /**
   * Opens a space, made where it does not exist.
   *
   * @param key - SHA-256, in 64 hexadecimal digits, of everything that determines the values besides the image.
   * @param bytesPerEntry - Bytes of one image's values.
   */
  space(key: string, about: AboutSpace, bytesPerEntry: number): Promise<CacheSpace>;
  /** @throws {GraftError} `cache`, if a newer version wrote it. */
  info(): Promise<CacheInfo>;
  /**
   * Reads everything, and takes out what is damaged; where the cache is only read, counts it.
   *
   * @throws {GraftError} `cache`, if a newer version wrote it.
   */
  verify(options?: {
    readonly onProgress?: (doneBytes: number, bytes: number) => void;
  }): Promise<VerifyReport>;
  /**
   * Removes a space, or everything.
   *
   * @throws {GraftError} `cache`, if a newer version wrote it, or it is only read.
   */
  clear(spaceKey?: string): Promise<{ readonly spaces: number; readonly bytes: number }>;
  /** Writes to the disk what was put, closes all spaces, and removes what is over the limit, if it was lowered. */
  close(): Promise<void>;
}

/**
 * Opens the cache. A folder that cannot be used, or was written by a newer version, is told to `onProblem`; the cache then
 * finds nothing and keeps nothing, and a run goes on as if there were none.
 */
export async function openFeatureCache(options: FeatureCacheOptions): Promise<FeatureCache> {
  const { limitBytes = DEFAULT_LIMIT_BYTES, readOnly = false, onProblem = () => {} } = options;
  const folder = resolve(options.folder);
  // That nothing is kept is no problem where that was asked for.
  const store = new CacheStore({ folder, limitBytes, readOnly, onProblem: readOnly ? () => {} : onProblem });
  const spaces: OpenSpace[] = [];
  let newer: GraftError | undefined;
  try {
    newer = await settle(folder, readOnly);
    if (newer !== undefined) store.stop(newer);
    else if (readOnly) store.stop(onlyRead(folder));
    else await removeAbandoned(await listAllSegments(folder));
  } catch (error) {
    store.stopFor(error);
  }
  const refuseNewer = (): void => {
    if (newer !== undefined) throw newer;
  };
  return {
    folder,
    limitBytes,
    get problem() {
      return store.problem;
    },
    async space(key, about, bytesPerEntry) {
      checkSpace(key, bytesPerEntry);
      if (store.problem === undefined) {
        await describeSpace(folder, key, about, bytesPerEntry).catch((error) => store.stopFor(error));
      }
      const space = await openSpace(store, key, bytesPerEntry, { isLeftAlone: newer !== undefined });
      spaces.push(space);
      return space;
    },
    async info() {
      refuseNewer();
      return readCacheInfo(folder, limitBytes);
    },
    async verify({ onProgress } = {}) {
      refuseNewer();
      return verifyCache(store, onProgress);
    },
    async clear(spaceKey) {
      refuseNewer();
      if (readOnly) throw onlyRead(folder);
      return clearCache(folder, spaceKey);
    },
    async close() {
      await Promise.all(spaces.map((space) => space.close()));
      store.values.closeAll();
      // Not when it is opened: what this run was about to use would go.
      if (spaces.length > 0 && newer === undefined && !readOnly) await store.recount();
    },
  };
}

function onlyRead(folder: string): GraftError {
  return new GraftError('cache', {
    where: `feature cache "${folder}"`,
    expected: 'a cache that may be changed',
    received: 'one that was opened to be read only',
    advice: 'Open it without readOnly.',
  });
}

/** Makes the folder, unless it is only read. @returns The reason to leave it alone, if there is one. */
async function settle(folder: string, readOnly: boolean): Promise<GraftError | undefined> {
  const format = await readFormat(folder);
  if (format !== undefined && format > CACHE_FORMAT) {
    return new GraftError('cache', {
      where: `feature cache "${folder}"`,
      expected: `format ${CACHE_FORMAT} or older`,
      received: `format ${format}`,
      advice: 'A newer version of Graft wrote it: update Graft. Without it, features are computed anew.',
    });
  }
  if (!(await isOwnOrEmpty(folder))) {
    return new GraftError('cache', {
      where: `feature cache "${folder}"`,
      expected: 'a new or empty folder, or one with the mark of a feature cache',
      received: 'one with other files in it',
      advice: 'It was left as it is, and no features are kept. GRAFT_HOME chooses another place.',
    });
  }
  if (readOnly) return undefined;
  await makeFolder(spacesFolder(folder));
  await markCache(folder);
  return undefined;
}

async function describeSpace(
  folder: string,
  key: string,
  about: AboutSpace,
  bytesPerEntry: number,
): Promise<void> {
  const place = join(spacesFolder(folder), key);
  await makeFolder(place);
  const path = join(place, 'about.json');
  const content = { ...about, bytesPerEntry };
  const old = await readFile(path, 'utf8').catch(() => undefined);
  if (old !== textOf(content)) await replaceFile(path, content);
}

function checkSpace(key: string, bytesPerEntry: number): void {
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw new GraftError('argument', {
      where: 'feature cache, space',
      expected: 'a key of 64 hexadecimal digits in lower case',
      received: `"${key}"`,
      advice: 'Give the SHA-256 of what determines the features.',
    });
  }
  if (!Number.isInteger(bytesPerEntry) || bytesPerEntry < 1 || bytesPerEntry > 0xffffffff) {
    throw new GraftError('argument', {
      where: 'feature cache, space',
      expected: 'a whole number of bytes of an entry, at least 1',
      received: String(bytesPerEntry),
      advice: "Give the size of one image's features.",
    });
  }
}
