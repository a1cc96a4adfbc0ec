/** @file What one may say of every use case. */

import type { FeatureStores } from '../core/features/feature-spaces.ts';
import type { EventListener } from './run-event.ts';

/** What one may say of every use case. */
export interface UseCaseOptions {
  /**
   * Hears all that happens, in order, on the same stack: the promise is the result, a rejection the failure. What it throws
   * ends the work. An event is plain data.
   */
  readonly onEvent?: EventListener | undefined;
  /** Ends the work as soon as possible; see the use case for what is kept. */
  readonly signal?: AbortSignal | undefined;
}

/** What one may say of a use case that computes features of images. */
export interface FeatureOptions extends UseCaseOptions {
  /**
   * Where features are kept between runs: true for the user's cache (`GRAFT_HOME`), false for nowhere, or a store of one's
   * own. Default true.
   */
  readonly cache?: boolean | FeatureStores | undefined;
  /** Images that cannot be read are fatal. Default false: they are left out and listed. */
  readonly strict?: boolean | undefined;
  /** Processor threads, >= 1. Default: as many as the machine offers. */
  readonly threads?: number | undefined;
  readonly download?: DownloadPolicy | undefined;
}

/** How the backbone's weights are fetched, where the recipe asks for them by name or address. */
export interface DownloadPolicy {
  /** Accepts weights that no published hash vouches for. Default false. */
  readonly trust?: boolean | undefined;
  /** Fetches weights again that were fetched before. Default false. */
  readonly refetch?: boolean | undefined;
}
