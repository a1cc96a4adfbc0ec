/** @file Where a network's features are kept between runs: the spaces of the cache that are theirs alone. */

import type { AugmentationSpec } from '../../vision/augmentation/augmentation-spec.ts';
import type { Graph } from '../graph/graph.ts';
import type { FeatureStore } from '../runtime/feature-store.ts';
import type { BatchSizes } from './batched-session.ts';
import { frozenIdentity } from './frozen-identity.ts';

/** What keeps features between runs. */
export interface FeatureStores {
  /**
   * @param key - 64 hexadecimal digits: the same for the same features.
   * @param about - What they are, for people.
   */
  space(
    key: string,
    about: Readonly<Record<string, string | number>>,
    bytesPerEntry: number,
  ): Promise<FeatureStore>;
  /** Which batches of images are fastest, between runs. Default: found again by each run. */
  readonly batchSizes?: BatchSizes;
}

export interface FeatureSpaces {
  /** Of images as they are. */
  readonly plain: FeatureStore;
  /** Of views of them; the same space where there are none. */
  readonly views: FeatureStore;
}

export interface SpaceOptions {
  /** What gives the features, as the layers have it: see `literalImageGraph`. */
  readonly graph: Graph;
  readonly about: Readonly<Record<string, string | number>>;
  /** Of one image's features. */
  readonly bytesPerEntry: number;
  /** What determines the features beside the graph. */
  readonly beside?: Readonly<Record<string, unknown>>;
  /** How views are drawn. Undefined for none. */
  readonly views?: { readonly augmentation: AugmentationSpec; readonly seed: number } | undefined;
}

/** Opens the spaces: the same ones for the same features, whoever asks. */
export async function openFeatureSpaces(
  stores: FeatureStores,
  { graph, about, bytesPerEntry, beside = {}, views }: SpaceOptions,
): Promise<FeatureSpaces> {
  const plain = await stores.space(frozenIdentity(graph, beside), about, bytesPerEntry);
  if (views === undefined) return { plain, views: plain };
  const key = frozenIdentity(graph, { ...beside, ...views });
  return { plain, views: await stores.space(key, { ...about, views: 'augmented' }, bytesPerEntry) };
}
