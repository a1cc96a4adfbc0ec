/** @file The feature cache of the command line: where it lies, how large it may be, and what people hear of it. */

import { join } from 'node:path';
import { type FeatureCache, openFeatureCache } from '../data/feature-cache/feature-cache.ts';
import { cacheLimit } from '../data/feature-cache/size-text.ts';
import { cacheFolder } from '../weights/download/cache-folder.ts';
import { say, styled } from './terminal.ts';

/** The folder of the cache. */
export function featureCacheFolder(): string {
  return join(cacheFolder(), 'features');
}

/**
 * Opens the cache. What is wrong with it is said, and the run goes on without.
 *
 * @param options - `readOnly`: nothing is kept, and no file made.
 * @throws {GraftError} `argument`, if `GRAFT_CACHE_LIMIT` is no size.
 */
export function openRunCache(options: { readonly readOnly?: boolean } = {}): Promise<FeatureCache> {
  return openFeatureCache({
    folder: featureCacheFolder(),
    ...options,
    limitBytes: cacheLimit(process.env['GRAFT_CACHE_LIMIT']),
    onProblem: (problem) => say(`${styled('yellow', 'note')} ${problem.message}`),
  });
}
