/** @file The features of a training's images: computed by the frozen part, or known already. */

import { type Augmenter, createAugmenter } from '../data/augmentation.ts';
import { type AugmentationSpec, isNoAugmentation } from '../data/augmentation-spec.ts';
import { emptyHashes, type ImageHashes } from '../data/image-hash.ts';
import type { ImageReader } from '../data/image-reader.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import type { Graph } from '../graph/graph.ts';
import { createWarpKernel } from '../kernels/warp-kernel.ts';
import type { Functional } from '../layers/functional.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { type ImageGraphOptions, imageGraph, literalImageGraph } from '../models/image-graph.ts';
import type { Preprocessing } from '../models/preprocessing.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { batchSizesInMemory, createBatchedSession } from './batched-session.ts';
import { DecodedImages } from './decoded-images.ts';
import { extractFeatures, FORWARD_BATCH, type ImageView } from './feature-extraction.ts';
import { FEATURE_BYTES, type FeatureDType, type FeatureSet } from './feature-set.ts';
import { type FeatureSpaces, type FeatureStores, openFeatureSpaces } from './feature-spaces.ts';
import { type MemoryBudget, memoryBudgets } from './feature-table.ts';
import { frozenIdentity } from './frozen-identity.ts';
import { calibrationIdentity, calibrationPositions, int8Model, type Precision } from './frozen-part.ts';
import { type ExtractedSets, type SampleSets, SET_NAMES, type SetName } from './sample-sets.ts';

export interface ImageFeaturesOptions extends RuntimeOptions {
  /** What reads the images. */
  readonly images: ImageReader;
  readonly model: Functional;
  /** What is done to an image's bytes before the model's input. */
  readonly preprocessing: Preprocessing;
  readonly sets: SampleSets;
  /** Names of classes, labels or numbers. */
  readonly classes: readonly string[];
  readonly seed: number;
  /** Random changes of the training images. Never of the others. */
  readonly augmentation?: AugmentationSpec;
  /** Epochs until the views of an image come again. Default: new ones in every epoch. */
  readonly views?: number;
  /** Where features are kept between runs, and while training if they are many. Default: in memory. */
  readonly featureStores?: FeatureStores | undefined;
  /** Where the features come from, all of them. Default: the frozen part runs over the images. */
  readonly extracted?: ExtractedSets | undefined;
  /** What the cached features are called, for people. */
  readonly about?: Readonly<Record<string, string | number>>;
  /** How the frozen part computes. Default float32. */
  readonly precision?: Precision;
  /** What features are kept as. Default float32. */
  readonly featureDType?: FeatureDType;
  /** Unreadable images are fatal. Default false: they are left out and listed. */
  readonly strict?: boolean;
  readonly threads?: number;
  /** Hashes of the same images that were made before. Default: they are made when they are needed. */
  readonly hashes?: ReadonlyMap<SetName, ImageHashes>;
}

/** Whom a long extraction tells and heeds. */
export interface ExtractionEvents {
  readonly signal: AbortSignal | undefined;
  /** Images that are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export class ImageFeatures {
  readonly skipped: SkippedFile[] = [];
  /** Images whose features were needed, how many of them were computed, and how long all that took. */
  readonly throughput: { images: number; computed: number; seconds: number } = {
    images: 0,
    computed: 0,
    seconds: 0,
  };
  readonly dtype: FeatureDType;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly #options: ImageFeaturesOptions;
  readonly #boundary: SymbolicTensor;
  /** Numbers in an image's features. */
  readonly #width: number;
  readonly #sets = new Map<SetName, FeatureSet>();
  readonly #views = new Map<number, FeatureSet>();
  readonly #hashes: Map<SetName, ImageHashes>;
  readonly #images = new Map<SetName, DecodedImages>();
  readonly #memory: (name: SetName) => MemoryBudget;
  /** Without a cache. */
  readonly #batchSizes = batchSizesInMemory();
  #stores: FeatureSpaces | undefined;
  #augmenter: Augmenter | undefined;
  #int8: Graph | undefined;
  #session: Session | undefined;

  /** @param boundary - The last frozen tensor; `width` numbers of an image. */
  constructor(options: ImageFeaturesOptions, boundary: SymbolicTensor, width: number) {
    this.#options = options;
    this.#boundary = boundary;
    this.#width = width;
    this.#hashes = new Map(options.hashes);
    this.#memory = memoryBudgets(options.featureStores !== undefined);
    this.dtype = options.featureDType ?? 'float32';
    const [, height, widthPx] = options.model.input.shape;
    this.widthPx = widthPx ?? 0;
    this.heightPx = height ?? 0;
  }

  /** Whether training images are changed at random. */
  get augments(): boolean {
    const { augmentation } = this.#options;
    return augmentation !== undefined && !isNoAugmentation(augmentation);
  }

  /**
   * Features of images as they are; extracted the first time only.
   *
   * @throws The signal's reason, and what `extractFeatures` throws.
   */
  async of(name: SetName, events: ExtractionEvents): Promise<FeatureSet> {
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    const features = await this.#extract(name, events);
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
    await this.prepareViews();
    const features = await this.#extract('train', events, {
      number,
      draw: (pixels, key) => this.drawView(pixels, key, number),
    });
    // Without a store, all views of all images would lie in memory; without an end, they never come again.
    if (featureStores !== undefined && Number.isFinite(views)) this.#views.set(number, features);
    return features;
  }

  /** Loads what draws views. */
  async prepareViews(): Promise<void> {
    const { augmentation, seed, runtime = platform } = this.#options;
    this.#augmenter ??= createAugmenter(
      augmentation!,
      seed,
      createWarpKernel(await runtime.loadKernel('warp')),
    );
  }

  /** Changes an image's pixels to those of a view, after {@link prepareViews}. */
  drawView(pixels: Uint8Array, key: string, view: number): void {
    const { widthPx: width, heightPx: height } = this;
    this.#augmenter!.augment({ pixels, height, width }, { key, epoch: 0, view }, pixels);
  }

  /** Features by another network of the same form, neither looked up nor kept. */
  by(session: Session, samples: readonly Sample[]): Promise<FeatureSet> {
    const { widthPx, heightPx } = this;
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
      width: this.#width,
      dtype: this.dtype,
      classes: this.#options.classes.length,
    });
  }

  /** From `image` to `features`, as the images' features are computed. */
  async graph(signal?: AbortSignal): Promise<Graph> {
    // It has as many numbers as the network: only what takes a while to make is kept.
    if (!this.#isInt8) return this.floatGraph();
    const { images, sets, threads, runtime } = this.#options;
    const decoding = { images, width: this.widthPx, height: this.heightPx, batchSize: FORWARD_BATCH };
    this.#int8 ??= await int8Model(this.floatGraph(), sets.train, decoding, { threads, signal, runtime });
    return this.#int8;
  }

  /** The same in float32. */
  floatGraph(): Graph {
    return imageGraph(this.#options.model, this.#boundary, this.#graphOptions);
  }

  async session(signal?: AbortSignal): Promise<Session> {
    const { threads, featureStores, runtime } = this.#options;
    this.#session ??= await createBatchedSession(await this.graph(signal), {
      threads,
      runtime,
      sizes: featureStores?.batchSizes ?? this.#batchSizes,
    });
    return this.#session;
  }

  /** Where the features are kept; undefined without a cache. */
  async stores(): Promise<FeatureSpaces | undefined> {
    const { featureStores, model, augmentation, seed, sets, about = {} } = this.#options;
    if (featureStores === undefined) return undefined;
    if (this.#stores === undefined && this.#isInt8) await this.#hashCalibration();
    this.#stores ??= await openFeatureSpaces(featureStores, {
      graph: literalImageGraph(model, this.#boundary, this.#graphOptions),
      ...(this.#isInt8 && {
        beside: { int8: calibrationIdentity(this.hashesOf('train'), sets.train.length) },
      }),
      about,
      bytesPerEntry: this.#width * FEATURE_BYTES[this.dtype],
      ...(this.augments && { views: { augmentation: augmentation!, seed } }),
    });
    return this.#stores;
  }

  hashesOf(name: SetName): ImageHashes {
    return once(this.#hashes, name, () => emptyHashes(this.#options.sets[name]?.length ?? 0));
  }

  get hashes(): ReadonlyMap<SetName, ImageHashes> {
    return this.#hashes;
  }

  /** Hashes all images of some sets. @throws The signal's reason. */
  async hash(names: readonly SetName[], signal: AbortSignal | undefined): Promise<void> {
    for (const name of names) {
      const samples = this.#options.sets[name] ?? [];
      await this.#options.images.hash(samples, 0, samples.length, this.hashesOf(name), signal);
    }
  }

  /**
   * What is trained, on what: the same for the same network, images, labels and sizes, whatever the files' names.
   * After all images were hashed, see {@link hash}.
   */
  identity(beside: Readonly<Record<string, unknown>>): string {
    const { model, sets, classes, augmentation, seed } = this.#options;
    const graph = literalImageGraph(model, model.output, { ...this.#graphOptions, dtype: 'float32' });
    const data = SET_NAMES.map((name) => ({
      labels: sets[name]?.map(({ label, target }) => (target === undefined ? label : [...target])),
      hashes: sets[name] && platform.sha256().update(this.hashesOf(name).hashes).hex(),
    }));
    return frozenIdentity(graph, { ...beside, data, classes, augmentation, seed });
  }

  /** Frees the network, which takes as much memory as a head: it is made again if it is needed. */
  async rest(): Promise<void> {
    await this.#session?.dispose();
    this.#session = undefined;
  }

  async #extract(
    name: SetName,
    { signal, onProgress }: ExtractionEvents,
    view?: ImageView,
  ): Promise<FeatureSet> {
    const { sets, classes, extracted, runtime } = this.#options;
    if (extracted !== undefined) {
      const known = await extracted(name, view?.number);
      this.throughput.images += known.size;
      return known;
    }
    const stores = await this.stores();
    const { widthPx, heightPx } = this;
    const started = performance.now();
    try {
      const features = await extractFeatures({
        runtime,
        samples: sets[name] ?? [],
        hashes: this.hashesOf(name),
        images: once(this.#images, name, () => this.#decoding(name)),
        session: () => this.session(signal),
        store: view === undefined ? stores?.plain : stores?.views,
        memory: this.#budgetOf(name, view),
        widthPx,
        heightPx,
        width: this.#width,
        dtype: this.dtype,
        classes: classes.length,
        onComputed: (images) => {
          this.throughput.computed += images;
        },
        ...(view && { view }),
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      });
      this.throughput.images += features.size;
      return features;
    } finally {
      this.throughput.seconds += (performance.now() - started) / 1000;
    }
  }

  /** Views that never come again leave the memory as they found it. */
  #budgetOf(name: SetName, view: ImageView | undefined): MemoryBudget {
    const memory = this.#memory(name);
    const isPassing = view !== undefined && this.#options.views === undefined;
    return isPassing ? { ...memory } : memory;
  }

  get #graphOptions(): ImageGraphOptions {
    return { preprocessing: this.#options.preprocessing, output: 'features', dtype: this.dtype };
  }

  get #isInt8(): boolean {
    return this.#options.precision === 'int8';
  }

  /** Of all training images, int8 is calibrated on a few. */
  async #hashCalibration(): Promise<void> {
    const { images, sets } = this.#options;
    const { train } = sets;
    for (const position of calibrationPositions(train.length)) {
      await images.hash(train, position, position + 1, this.hashesOf('train'));
    }
  }

  #decoding(name: SetName): DecodedImages {
    const { images, sets, strict = false } = this.#options;
    const onSkip = (file: SkippedFile): void => {
      this.skipped.push(file);
    };
    const size = { width: this.widthPx, height: this.heightPx };
    const options = { images, ...size, batchSize: FORWARD_BATCH, strict, onSkip };
    // Only views are drawn from the same pixels again and again.
    const keptBytes = name === 'train' && this.augments ? undefined : 0;
    return new DecodedImages(sets[name]?.length ?? 0, options, keptBytes);
  }
}

function once<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
