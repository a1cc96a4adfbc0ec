/** @file The user's feature cache: where it lies, how large it may be, and opening it for a run. */

import { join } from 'node:path';
import { GraftError } from '../core/errors/graft-error.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import { cacheFolder } from '../node/download/cache-folder.ts';
import { DEFAULT_LIMIT_BYTES, openFeatureCache } from '../node/feature-cache/feature-cache.ts';
import { batchSizesIn } from './batch-sizes.ts';

const UNITS: readonly string[] = ['KB', 'MB', 'GB', 'TB'];
const MIN_LIMIT_BYTES = 1e6;

/** What a run keeps for the next one. */
export interface RunCache extends FeatureStores {
  /** See `FeatureCache`. */
  close(): Promise<void>;
}

/** The folder of the cache. */
export function featureCacheFolder(): string {
  return join(cacheFolder(), 'features');
}

/**
 * Reads the cache's limit, from `GRAFT_CACHE_LIMIT`: a number and a unit, `20GB`, `1.5 TB`, in powers of 1,000.
 *
 * @param text - Undefined or empty: 10 GB.
 * @returns Bytes, at least 1 MB.
 * @throws {GraftError} `argument`.
 */
export function cacheLimit(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_LIMIT_BYTES;
  const [, amount, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]B)\s*$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(amount) * 1000 ** (UNITS.indexOf(unit.toUpperCase()) + 1));
  if (!Number.isSafeInteger(bytes) || bytes < MIN_LIMIT_BYTES) {
    throw new GraftError('argument', {
      where: 'GRAFT_CACHE_LIMIT',
      expected: 'a size of at least 1MB, such as 20GB or 1.5TB',
      received: `"${text}"`,
      advice: 'Give a number and one of KB, MB, GB, TB.',
    });
  }
  return bytes;
}

export interface RunCacheOptions {
  /** Nothing is kept, and no file made. Default false. */
  readonly readOnly?: boolean | undefined;
  /** Hears what is wrong with the cache: the run goes on without. */
  readonly onNote: (note: string) => void;
}

/**
 * Opens what a run keeps its features in.
 *
 * @param asked - True for the user's cache, false for none, or a store, which is left open. Default true.
 * @returns Undefined for none.
 * @throws {GraftError} `argument`, if `GRAFT_CACHE_LIMIT` is no size.
 */
export async function openRunCache(
  asked: boolean | FeatureStores | undefined,
  { readOnly = false, onNote }: RunCacheOptions,
): Promise<RunCache | undefined> {
  if (asked === false) return undefined;
  if (typeof asked === 'object') {
    return { space: asked.space.bind(asked), ...batchSizesOf(asked), close: async () => {} };
  }
  const cache = await openFeatureCache({
    folder: featureCacheFolder(),
    readOnly,
    limitBytes: cacheLimit(process.env['GRAFT_CACHE_LIMIT']),
    onProblem: (problem) => onNote(problem.message),
  });
  return {
    space: (key, about, bytesPerEntry) => cache.space(key, about, bytesPerEntry),
    batchSizes: batchSizesIn(join(cacheFolder(), 'batch-sizes.json'), { readOnly }),
    close: () => cache.close(),
  };
}

function batchSizesOf({ batchSizes }: FeatureStores): Pick<FeatureStores, 'batchSizes'> {
  return batchSizes === undefined ? {} : { batchSizes };
}
