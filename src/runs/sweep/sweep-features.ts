/** @file The features of a sweep: all feature layers of its heads in one pass over the images. */

import type { ContentHashes } from '../../core/examples/content-hashes.ts';
import type { SkippedExample } from '../../core/examples/example.ts';
import type { ExtractedFeatures } from '../../core/features/feature-extraction.ts';
import { FeatureExtractor } from '../../core/features/feature-extractor.ts';
import type { FeatureSet } from '../../core/features/feature-set.ts';
import type { FeatureStores } from '../../core/features/feature-spaces.ts';
import { memoryBudgets } from '../../core/features/feature-table.ts';
import {
  type ExtractedSets,
  type SampleSets,
  SET_NAMES,
  type SetName,
} from '../../core/features/sample-sets.ts';
import { describeFeatures } from '../../recipe/describe-features.ts';
import type { RecipeRequest } from '../../recipe/recipe.ts';
import { isNoAugmentation } from '../../vision/augmentation/augmentation-spec.ts';
import { createModality, type ModalityOptions } from '../modality-of.ts';
import type { SweepFeatureLayer } from './sweep-feature-layer.ts';

export interface SweepFeatureOptions extends ModalityOptions {
  readonly numClasses: number;
  readonly featureStores?: FeatureStores | undefined;
  readonly strict?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hashes of the same images that were made before; filled in as more are made. */
  readonly hashes?: ReadonlyMap<SetName, ContentHashes> | undefined;
  /** Called with the number of images, or views of them, that are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** How many views of a training image a recipe needs; 0 without augmentation. */
export function countViews({ augmentation, views, epochs }: RecipeRequest): number {
  if (augmentation === null || isNoAugmentation(augmentation)) return 0;
  return Math.min(views ?? Number.POSITIVE_INFINITY, epochs);
}

export class SweepFeatures {
  /** Images, or views of them, that were in the cache. */
  known = 0;
  seconds = 0;
  readonly #featureLayers: readonly SweepFeatureLayer[];
  readonly #sets: SampleSets;
  readonly #options: SweepFeatureOptions;
  readonly #extractor: FeatureExtractor;
  /** Of every feature layer, by set and view. */
  readonly #extracted = new Map<SweepFeatureLayer, Map<string, ExtractedFeatures>>();

  /** @param sets - Views are drawn of `train` alone. */
  constructor(featureLayers: readonly SweepFeatureLayer[], sets: SampleSets, options: SweepFeatureOptions) {
    this.#featureLayers = featureLayers;
    this.#sets = sets;
    this.#options = options;
    for (const featureLayer of featureLayers) this.#extracted.set(featureLayer, new Map());
    const { recipe } = featureLayers[0]!;
    const { features, precision } = recipe;
    const { runtime, numClasses, featureStores, strict, threads, hashes } = options;
    this.#extractor = new FeatureExtractor(
      featureLayers.map((featureLayer) => ({
        ...featureLayer,
        network: featureLayer.backbone.model,
        about: describeFeatures(featureLayer.recipe),
      })),
      {
        modality: createModality(featureLayers[0]!, recipe, options),
        runtime,
        sets,
        numClasses,
        featureStores,
        precision,
        featureDType: features,
        strict,
        threads,
        hashes,
      },
    );
  }

  get skipped(): readonly SkippedExample[] {
    return this.#extractor.skipped;
  }

  /** Images, or views of them, that went through the network. */
  get computed(): number {
    return this.#extractor.computed;
  }

  hashesOf(name: SetName): ContentHashes {
    return this.#extractor.hashesOf(name);
  }

  /**
   * Runs the backbone over all images, and all views of those that are trained on.
   *
   * @throws {GraftError} As `extractFeatures`. And the signal's reason, if it aborts.
   */
  async extract(): Promise<void> {
    const started = performance.now();
    const { onProgress, signal } = this.#options;
    const views = countViews(this.#featureLayers[0]!.recipe);
    const names = SET_NAMES.filter((name) => this.#sets[name] !== undefined);
    const total = names.reduce(
      (sum, name) => sum + this.#sets[name]!.length * (name === 'train' ? 1 + views : 1),
      0,
    );
    let before = 0;
    for (const name of names) {
      const images = this.#sets[name]!.length;
      const skippedBefore = this.skipped.length;
      const drawn = Array.from({ length: name === 'train' ? views : 0 }, (_, view) => view);
      for (const view of [undefined, ...drawn]) {
        const computedBefore = this.computed;
        const extracted = await this.#extractor.extract(name, view, {
          signal,
          onProgress: (done) => onProgress?.(before + done, total),
        });
        extracted.forEach((features, index) => {
          this.#extracted.get(this.#featureLayers[index]!)!.set(keyOf(name, view), features);
        });
        const unreadable = this.skipped.length - skippedBefore;
        this.known += images - unreadable - (this.computed - computedBefore);
        before += images;
      }
    }
    // What was lost of the cache meanwhile is computed again: rare, and worth another session.
    await this.dispose();
    this.seconds = (performance.now() - started) / 1000;
  }

  /** What the heads of a feature layer learn from. Tables are opened when they are asked for, once. */
  setsOf(featureLayer: SweepFeatureLayer): ExtractedSets {
    const memory = memoryBudgets(this.#options.featureStores !== undefined);
    const tables = new Map<string, Promise<FeatureSet>>();
    return (name, view) => {
      const key = keyOf(name, view);
      const table = tables.get(key) ?? this.#extracted.get(featureLayer)!.get(key)!.table(memory(name));
      tables.set(key, table);
      return table;
    };
  }

  /** Forgets what is kept of a feature layer. */
  release(featureLayer: SweepFeatureLayer): void {
    this.#extracted.delete(featureLayer);
  }

  dispose(): Promise<void> {
    return this.#extractor.rest();
  }
}

function keyOf(name: SetName, view: number | undefined): string {
  return `${name} ${view ?? ''}`;
}
