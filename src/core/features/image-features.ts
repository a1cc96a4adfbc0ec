/** @file The features of one training's images at one layer: extracted when they are asked for, or known already. */

import { emptyHashes, type ImageHashes } from '../../vision/images/image-hash.ts';
import { literalImageGraph } from '../../vision/preprocessing/image-graph.ts';
import type { Preprocessing } from '../../vision/preprocessing/preprocessing.ts';
import type { Sample, SkippedFile } from '../examples/sample.ts';
import type { Graph } from '../graph/graph.ts';
import type { Functional } from '../layers/functional.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { platform } from '../runtime/platform.ts';
import type { Session } from '../runtime/session.ts';
import { DecodedImages } from './decoded-images.ts';
import { extractFeatures, FORWARD_BATCH } from './feature-extraction.ts';
import {
  type ExtractionEvents,
  FeatureExtractor,
  type FeatureExtractorOptions,
} from './feature-extractor.ts';
import type { FeatureDType, FeatureSet } from './feature-set.ts';
import type { FeatureSpaces } from './feature-spaces.ts';
import { type MemoryBudget, memoryBudgets } from './feature-table.ts';
import { frozenIdentity } from './frozen-identity.ts';
import { type ExtractedSets, SET_NAMES, type SetName } from './sample-sets.ts';

export interface ImageFeaturesOptions extends Omit<FeatureExtractorOptions, 'numClasses'> {
  readonly model: Functional;
  /** What is done to an image's bytes before the model's input. */
  readonly preprocessing: Preprocessing;
  /** Names of classes, labels or numbers. */
  readonly classes: readonly string[];
  /** Epochs until the views of an image come again. Default: new ones in every epoch. */
  readonly views?: number | undefined;
  /** Where the features come from, all of them. Default: the frozen part runs over the images. */
  readonly extracted?: ExtractedSets | undefined;
  /** What the cached features are called, for people. */
  readonly about?: Readonly<Record<string, string | number>>;
}

export class ImageFeatures {
  /** Images whose features were needed, how many of them were computed, and how long all that took. */
  readonly throughput: { images: number; computed: number; seconds: number } = {
    images: 0,
    computed: 0,
    seconds: 0,
  };
  readonly #options: ImageFeaturesOptions;
  readonly #extractor: FeatureExtractor;
  readonly #sets = new Map<SetName, FeatureSet>();
  readonly #views = new Map<number, FeatureSet>();
  readonly #memory: (name: SetName) => MemoryBudget;

  /** @param boundary - The last frozen tensor; `width` numbers of an image. */
  constructor(options: ImageFeaturesOptions, boundary: SymbolicTensor, width: number) {
    const { model, preprocessing, about = {}, classes } = options;
    this.#options = options;
    this.#extractor = new FeatureExtractor(
      [{ name: 'features', model, preprocessing, boundary, width, about }],
      { ...options, numClasses: classes.length },
    );
    this.#memory = memoryBudgets(options.featureStores !== undefined);
  }

  get skipped(): readonly SkippedFile[] {
    return this.#extractor.skipped;
  }

  get dtype(): FeatureDType {
    return this.#extractor.dtype;
  }

  get widthPx(): number {
    return this.#extractor.widthPx;
  }

  get heightPx(): number {
    return this.#extractor.heightPx;
  }

  /** Whether training images are changed at random. */
  get augments(): boolean {
    return this.#extractor.augments;
  }

  /**
   * Features of images as they are; extracted the first time only.
   *
   * @throws The signal's reason, and what `extractFeatures` throws.
   */
  async of(name: SetName, events: ExtractionEvents): Promise<FeatureSet> {
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    const features = await this.#extract(name, undefined, events);
    this.#sets.set(name, features);
    return features;
  }

  /** Features of an epoch's views of the training images. @param epoch - From 1. */
  async ofViews(epoch: number, events: ExtractionEvents): Promise<FeatureSet> {
    const { sets, featureStores, views = Number.POSITIVE_INFINITY } = this.#options;
    const number = (epoch - 1) % views;
    const known = this.#views.get(number);
    if (known !== undefined) {
      events.onProgress?.(sets.train.length);
      return known;
    }
    const features = await this.#extract('train', number, events);
    // Without a store, all views of all images would lie in memory; without an end, they never come again.
    if (featureStores !== undefined && Number.isFinite(views)) this.#views.set(number, features);
    return features;
  }

  /** Loads what draws views. */
  prepareViews(): Promise<void> {
    return this.#extractor.prepareViews();
  }

  /** Changes an image's pixels to those of a view, after {@link prepareViews}. */
  drawView(pixels: Uint8Array, key: string, view: number): void {
    this.#extractor.drawView(pixels, key, view);
  }

  /** Features by another network of the same form, neither looked up nor kept. */
  by(session: Session, samples: readonly Sample[]): Promise<FeatureSet> {
    const { widthPx, heightPx, dtype } = this;
    const { images, runtime } = this.#options;
    return extractFeatures({
      samples,
      hashes: emptyHashes(samples.length),
      images: new DecodedImages(
        samples.length,
        { images, width: widthPx, height: heightPx, batchSize: FORWARD_BATCH },
        0,
      ),
      runtime,
      session: async () => session,
      memory: { bytes: Number.POSITIVE_INFINITY },
      widthPx,
      heightPx,
      width: this.#layer.width,
      dtype,
      classes: this.#options.classes.length,
    });
  }

  /** From `image` to `features`, as the images' features are computed. */
  graph(signal?: AbortSignal): Promise<Graph> {
    return this.#extractor.graph(this.#layer, signal);
  }

  /** The same in float32. */
  floatGraph(): Graph {
    return this.#extractor.floatGraph(this.#layer);
  }

  session(signal?: AbortSignal): Promise<Session> {
    return this.#extractor.session([{ output: this.#layer.name }], signal);
  }

  /** Where the features are kept; undefined without a cache. */
  async stores(): Promise<FeatureSpaces | undefined> {
    return (await this.#extractor.spaces())?.[0];
  }

  hashesOf(name: SetName): ImageHashes {
    return this.#extractor.hashesOf(name);
  }

  get hashes(): ReadonlyMap<SetName, ImageHashes> {
    return this.#extractor.hashes;
  }

  /** Hashes all images of some sets. @throws The signal's reason. */
  hash(names: readonly SetName[], signal: AbortSignal | undefined): Promise<void> {
    return this.#extractor.hash(names, signal);
  }

  /**
   * What is trained, on what: the same for the same network, images, labels and sizes, whatever the files' names.
   * After all images were hashed, see {@link hash}.
   */
  identity(beside: Readonly<Record<string, unknown>>): string {
    const { model, preprocessing, sets, classes, augmentation, seed } = this.#options;
    const graph = literalImageGraph(model, model.output, {
      preprocessing,
      output: 'features',
      dtype: 'float32',
    });
    const data = SET_NAMES.map((name) => ({
      labels: sets[name]?.map(({ label, target }) => (target === undefined ? label : [...target])),
      hashes: sets[name] && platform.sha256().update(this.hashesOf(name).hashes).hex(),
    }));
    return frozenIdentity(graph, { ...beside, data, classes, augmentation, seed });
  }

  /** Frees the network, which takes as much memory as a head: it is made again if it is needed. */
  rest(): Promise<void> {
    return this.#extractor.rest();
  }

  get #layer(): FeatureExtractor['layers'][number] {
    return this.#extractor.layers[0]!;
  }

  async #extract(name: SetName, view: number | undefined, events: ExtractionEvents): Promise<FeatureSet> {
    const { extracted } = this.#options;
    if (extracted !== undefined) {
      const known = await extracted(name, view);
      this.throughput.images += known.size;
      return known;
    }
    const started = performance.now();
    try {
      const [found] = await this.#extractor.extract(name, view, events);
      const features = await found!.table(this.#budgetOf(name, view));
      this.throughput.images += features.size;
      return features;
    } finally {
      this.throughput.computed = this.#extractor.computed;
      this.throughput.seconds += (performance.now() - started) / 1000;
    }
  }

  /** Views that never come again leave the memory as they found it. */
  #budgetOf(name: SetName, view: number | undefined): MemoryBudget {
    const memory = this.#memory(name);
    const isPassing = view !== undefined && this.#options.views === undefined;
    return isPassing ? { ...memory } : memory;
  }
}
