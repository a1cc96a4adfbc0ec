/**
 * @file One frozen extractor for any number of feature layers: a training takes one, a sweep many. An image is decoded once
 * and goes through a network once, for all layers that lack its features.
 */

import { type Augmenter, createAugmenter } from '../../vision/augmentation/augmentation.ts';
import { type AugmentationSpec, isNoAugmentation } from '../../vision/augmentation/augmentation-spec.ts';
import { emptyHashes, type ImageHashes } from '../../vision/images/image-hash.ts';
import type { ImageReader } from '../../vision/images/image-reader.ts';
import {
  featureGraph,
  type ImageGraphOptions,
  imageGraph,
  literalImageGraph,
} from '../../vision/preprocessing/image-graph.ts';
import type { Preprocessing } from '../../vision/preprocessing/preprocessing.ts';
import type { SkippedFile } from '../examples/sample.ts';
import type { Graph } from '../graph/graph.ts';
import { createWarpKernel } from '../kernels/warp-kernel.ts';
import type { Functional } from '../layers/functional.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { batchSizesInMemory, createBatchedSession } from './batched-session.ts';
import { DecodedImages } from './decoded-images.ts';
import {
  type ExtractedFeatures,
  extractJointly,
  type FeatureTarget,
  FORWARD_BATCH,
} from './feature-extraction.ts';
import { FEATURE_BYTES, type FeatureDType } from './feature-set.ts';
import { type FeatureSpaces, type FeatureStores, openFeatureSpaces } from './feature-spaces.ts';
import { calibrationIdentity, calibrationPositions, int8Model, type Precision } from './frozen-part.ts';
import { joinSessions } from './joined-session.ts';
import type { SampleSets, SetName } from './sample-sets.ts';

/** Where features are taken: the last frozen tensor of a model. */
export interface FeatureLayer {
  /** Of the graph's output; different for different layers. */
  readonly name: string;
  /** A model with the boundary in it. */
  readonly model: Functional;
  /** Layers of one network are computed in one pass. Default: `model`. */
  readonly network?: Functional;
  /** What is done to an image's bytes before the model's input. */
  readonly preprocessing: Preprocessing;
  readonly boundary: SymbolicTensor;
  /** Numbers in an image's features. */
  readonly width: number;
  /** What the cached features are called, for people. */
  readonly about?: Readonly<Record<string, string | number>>;
}

export interface FeatureExtractorOptions extends RuntimeOptions {
  /** What reads the images. */
  readonly images: ImageReader;
  readonly sets: SampleSets;
  readonly numClasses: number;
  readonly seed: number;
  /** Random changes of the training images. Never of the others. */
  readonly augmentation?: AugmentationSpec | undefined;
  /** Where features are kept between runs, and while training if they are many. Default: in memory. */
  readonly featureStores?: FeatureStores | undefined;
  /** How the frozen part computes. Default float32. */
  readonly precision?: Precision | undefined;
  /** What features are kept as. Default float32. */
  readonly featureDType?: FeatureDType | undefined;
  /** Unreadable images are fatal. Default false: they are left out and listed. */
  readonly strict?: boolean | undefined;
  readonly threads?: number | undefined;
  /** Hashes of the same images that were made before. Default: they are made when they are needed. */
  readonly hashes?: ReadonlyMap<SetName, ImageHashes> | undefined;
}

/** Whom a long extraction tells and heeds. */
export interface ExtractionEvents {
  readonly signal: AbortSignal | undefined;
  /** Images that are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export class FeatureExtractor {
  readonly layers: readonly FeatureLayer[];
  readonly dtype: FeatureDType;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly skipped: SkippedFile[] = [];
  /** Images, or views of them, that went through a network; the others were known. */
  computed = 0;
  readonly #options: FeatureExtractorOptions;
  readonly #hashes: Map<SetName, ImageHashes>;
  readonly #images = new Map<SetName, DecodedImages>();
  readonly #sessions = new Map<string, Session>();
  readonly #int8 = new Map<FeatureLayer, Graph>();
  /** Without a cache. */
  readonly #batchSizes = batchSizesInMemory();
  #spaces: readonly FeatureSpaces[] | undefined;
  #augmenter: Augmenter | undefined;

  /** @param layers - At least one; all take images of one size. */
  constructor(layers: readonly FeatureLayer[], options: FeatureExtractorOptions) {
    this.layers = layers;
    this.#options = options;
    this.#hashes = new Map(options.hashes);
    this.dtype = options.featureDType ?? 'float32';
    const [, heightPx, widthPx] = layers[0]!.model.input.shape;
    this.widthPx = widthPx ?? 0;
    this.heightPx = heightPx ?? 0;
  }

  /** Whether training images are changed at random. */
  get augments(): boolean {
    const { augmentation } = this.#options;
    return augmentation !== undefined && !isNoAugmentation(augmentation);
  }

  /**
   * Runs the networks over those images of a set whose features are not known.
   *
   * @param view - Which view of the images, from 0; undefined for the images as they are.
   * @returns One for each layer.
   * @throws The signal's reason, and what `extractJointly` throws.
   */
  async extract(
    name: SetName,
    view: number | undefined,
    { signal, onProgress }: ExtractionEvents,
  ): Promise<ExtractedFeatures[]> {
    const { sets, numClasses, runtime } = this.#options;
    const spaces = await this.spaces();
    if (view !== undefined) await this.prepareViews();
    return extractJointly({
      runtime,
      samples: sets[name] ?? [],
      hashes: this.hashesOf(name),
      images: once(this.#images, name, () => this.#decoding(name)),
      targets: this.layers.map(({ name: output, width }, index): FeatureTarget => {
        const own = spaces?.[index];
        return { output, width, store: view === undefined ? own?.plain : own?.views };
      }),
      session: (targets) => this.session(targets, signal),
      widthPx: this.widthPx,
      heightPx: this.heightPx,
      dtype: this.dtype,
      classes: numClasses,
      view:
        view === undefined
          ? undefined
          : { number: view, draw: (pixels, key) => this.drawView(pixels, key, view) },
      signal,
      onProgress,
      onComputed: (images) => {
        this.computed += images;
      },
    });
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

  /** From `image` to a layer's output, as its features are computed. */
  async graph(layer: FeatureLayer, signal?: AbortSignal): Promise<Graph> {
    // It has as many numbers as the network: only what takes a while to make is kept.
    if (!this.#isInt8) return this.floatGraph(layer);
    const known = this.#int8.get(layer);
    if (known !== undefined) return known;
    const { images, sets, threads, runtime } = this.#options;
    const decoding = { images, width: this.widthPx, height: this.heightPx, batchSize: FORWARD_BATCH };
    const made = await int8Model(this.floatGraph(layer), sets.train, decoding, { threads, signal, runtime });
    this.#int8.set(layer, made);
    return made;
  }

  /** The same in float32. */
  floatGraph(layer: FeatureLayer): Graph {
    return imageGraph(layer.model, layer.boundary, this.#graphOptions(layer));
  }

  /** Gives the outputs of some layers; those of one network together, but in int8, whose rounding depends on where it ends. */
  async session(targets: readonly Pick<FeatureTarget, 'output'>[], signal?: AbortSignal): Promise<Session> {
    const names = new Set(targets.map(({ output }) => output));
    const wanted = this.layers.filter(({ name }) => names.has(name));
    const groups = this.#isInt8 ? wanted.map((layer) => [layer]) : groupByNetwork(wanted);
    const sessions: Session[] = [];
    for (const group of groups) {
      const key = group.map(({ name }) => name).join('\n');
      const session = this.#sessions.get(key) ?? (await this.#createSession(group, signal));
      this.#sessions.set(key, session);
      sessions.push(session);
    }
    return sessions.length === 1 ? sessions[0]! : joinSessions(sessions);
  }

  /** Where each layer's features are kept; undefined without a cache. */
  async spaces(): Promise<readonly FeatureSpaces[] | undefined> {
    const { featureStores } = this.#options;
    if (featureStores === undefined) return undefined;
    this.#spaces ??= await this.#openSpaces(featureStores);
    return this.#spaces;
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

  /** Frees the networks, which take as much memory as a head: they are made again if they are needed. */
  async rest(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.dispose()));
  }

  async #createSession(group: readonly FeatureLayer[], signal: AbortSignal | undefined): Promise<Session> {
    const { threads, featureStores, runtime } = this.#options;
    const [first] = group as [FeatureLayer];
    const graph =
      group.length === 1
        ? await this.graph(first, signal)
        : featureGraph(
            first.model,
            new Map(group.map(({ name, boundary }) => [name, boundary])),
            this.#graphOptions(first),
          );
    return createBatchedSession(graph, {
      threads,
      runtime,
      sizes: featureStores?.batchSizes ?? this.#batchSizes,
    });
  }

  async #openSpaces(stores: FeatureStores): Promise<FeatureSpaces[]> {
    const { augmentation, seed, sets } = this.#options;
    if (this.#isInt8) await this.#hashCalibration();
    const beside = this.#isInt8
      ? { int8: calibrationIdentity(this.hashesOf('train'), sets.train.length) }
      : {};
    const views = this.augments ? { augmentation: augmentation!, seed } : undefined;
    const spaces: FeatureSpaces[] = [];
    for (const layer of this.layers) {
      const { model, boundary, about = {}, width } = layer;
      // The same key whatever the output is called.
      const options = { ...this.#graphOptions(layer), outputName: 'features' };
      spaces.push(
        await openFeatureSpaces(stores, {
          graph: literalImageGraph(model, boundary, options),
          beside,
          about,
          bytesPerEntry: width * FEATURE_BYTES[this.dtype],
          views,
        }),
      );
    }
    return spaces;
  }

  #graphOptions({ name, preprocessing }: FeatureLayer): ImageGraphOptions {
    return { preprocessing, output: 'features', outputName: name, dtype: this.dtype };
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

function groupByNetwork(layers: readonly FeatureLayer[]): FeatureLayer[][] {
  const groups = new Map<Functional, FeatureLayer[]>();
  for (const layer of layers) once(groups, layer.network ?? layer.model, () => []).push(layer);
  return [...groups.values()];
}

function once<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
