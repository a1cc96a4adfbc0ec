/** @file The features of one training's examples at one layer: extracted when they are asked for, or known already. */

import { type ContentHashes, emptyHashes } from '../examples/content-hashes.ts';
import type { Example, SkippedExample } from '../examples/example.ts';
import type { Feeds, Modality } from '../examples/modality.ts';
import type { Graph } from '../graph/graph.ts';
import type { Functional } from '../layers/functional.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { platform } from '../runtime/platform.ts';
import type { Session } from '../runtime/session.ts';
import { DecodedExamples } from './decoded-examples.ts';
import { extractFeatures, FORWARD_BATCH } from './feature-extraction.ts';
import {
  type ExtractionEvents,
  FeatureExtractor,
  type FeatureExtractorOptions,
} from './feature-extractor.ts';
import { literalFeatureGraph } from './feature-graph.ts';
import type { FeatureSet } from './feature-set.ts';
import type { FeatureSpaces } from './feature-spaces.ts';
import { type MemoryBudget, memoryBudgets } from './feature-table.ts';
import { frozenIdentity } from './frozen-identity.ts';
import type { FeaturePart } from './joined-spaces.ts';
import type { RowLayout } from './row-layout.ts';
import { type ExtractedSets, SET_NAMES, type SetName } from './sample-sets.ts';

export interface TrainingFeaturesOptions extends Omit<FeatureExtractorOptions, 'numClasses'> {
  readonly model: Functional;
  /** Names of classes, labels or values. */
  readonly classNames: readonly string[];
  /** For what identifies the training. */
  readonly seed: number;
  /** Epochs until the views of an example come again. Default: new ones in every epoch. */
  readonly views?: number | undefined;
  /** Where the features come from, all of them. Default: the frozen part runs over the examples. */
  readonly extracted?: ExtractedSets | undefined;
  /** What the cached features are called, for people. */
  readonly about?: Readonly<Record<string, string | number>> | undefined;
  /** Networks that are joined at a tensor, see `FeatureLayer`: where the boundary is that tensor. Default none. */
  readonly joined?: { readonly at: SymbolicTensor; readonly parts: readonly FeaturePart[] } | undefined;
}

export class TrainingFeatures {
  /** Examples whose features were needed, how many of them were computed, and how long all that took. */
  readonly throughput: { examples: number; computed: number; seconds: number } = {
    examples: 0,
    computed: 0,
    seconds: 0,
  };
  readonly #options: TrainingFeaturesOptions;
  readonly #extractor: FeatureExtractor;
  readonly #sets = new Map<SetName, FeatureSet>();
  readonly #views = new Map<number, FeatureSet>();
  readonly #memory: (name: SetName) => MemoryBudget;

  /** @param boundary - The last frozen tensors. */
  constructor(options: TrainingFeaturesOptions, boundary: readonly SymbolicTensor[]) {
    const { model, about, classNames, joined } = options;
    const parts = boundary.length === 1 && boundary[0] === joined?.at ? joined?.parts : undefined;
    this.#options = options;
    this.#extractor = new FeatureExtractor([{ name: 'features', model, boundary, about, parts }], {
      ...options,
      numClasses: classNames.length,
    });
    this.#memory = memoryBudgets(options.featureStores !== undefined);
  }

  get skipped(): readonly SkippedExample[] {
    return this.#extractor.skipped;
  }

  get modality(): Modality {
    return this.#extractor.modality;
  }

  /** How the features are kept. */
  get layout(): RowLayout {
    return this.#extractor.layoutOf(this.#layer);
  }

  /** Whether training examples are changed at random. */
  get augments(): boolean {
    return this.#extractor.augments;
  }

  /**
   * Features of examples as they are; extracted the first time only.
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

  /** Features of an epoch's views of the training examples. @param epoch - From 1. */
  async ofViews(epoch: number, events: ExtractionEvents): Promise<FeatureSet> {
    const { sets, featureStores, views = Number.POSITIVE_INFINITY } = this.#options;
    const number = (epoch - 1) % views;
    const known = this.#views.get(number);
    if (known !== undefined) {
      events.onProgress?.(sets.train.length);
      return known;
    }
    const features = await this.#extract('train', number, events);
    // Without a store, all views of all examples would lie in memory; without an end, they never come again.
    if (featureStores !== undefined && Number.isFinite(views)) this.#views.set(number, features);
    return features;
  }

  /** Features of examples that are in no set: looked up and kept as those of the others are. */
  async ofFurther(examples: readonly Example[], events: ExtractionEvents): Promise<FeatureSet> {
    const [found] = await this.#extractor.extractFurther(examples, events);
    return found!.table({ bytes: Number.POSITIVE_INFINITY });
  }

  /** Loads what draws views. */
  prepareViews(): Promise<void> {
    return this.#extractor.prepareViews();
  }

  /** Changes an example of a batch to one of its views, after {@link prepareViews}. */
  drawView(feeds: Feeds, row: number, key: string, view: number): void {
    this.#extractor.drawView(feeds, row, key, view);
  }

  /** Features by another network of the same form, neither looked up nor kept. */
  by(session: Session, examples: readonly Example[]): Promise<FeatureSet> {
    const { modality, runtime, classNames } = this.#options;
    const { layout } = this;
    return extractFeatures({
      examples,
      hashes: emptyHashes(examples.length),
      decoded: new DecodedExamples(examples.length, { modality, batchSize: FORWARD_BATCH }, 0),
      runtime,
      session: async () => session,
      memory: { bytes: Number.POSITIVE_INFINITY },
      outputs: layout.tensors.map(({ name }) => name),
      layout,
      numClasses: classNames.length,
    });
  }

  /** From what is fed to `features`, as the examples' features are computed. */
  graph(signal?: AbortSignal): Promise<Graph> {
    return this.#extractor.graph(this.#layer, signal);
  }

  /** The same in float32. */
  floatGraph(): Graph {
    return this.#extractor.floatGraph(this.#layer);
  }

  session(signal?: AbortSignal): Promise<Session> {
    return this.#extractor.session([this.#layer], signal);
  }

  /** Where the features are kept; undefined without a cache. */
  async stores(): Promise<FeatureSpaces | undefined> {
    return (await this.#extractor.spaces())?.[0];
  }

  hashesOf(name: SetName): ContentHashes {
    return this.#extractor.hashesOf(name);
  }

  get hashes(): ReadonlyMap<SetName, ContentHashes> {
    return this.#extractor.hashes;
  }

  /** Hashes all examples of some sets. @throws The signal's reason. */
  hash(names: readonly SetName[], signal: AbortSignal | undefined): Promise<void> {
    return this.#extractor.hash(names, signal);
  }

  /**
   * What is trained, on what: the same for the same network, examples, labels and sizes, whatever the files' names.
   * After all examples were hashed, see {@link hash}.
   */
  identity(beside: Readonly<Record<string, unknown>>): string {
    return this.identityNow(beside)();
  }

  /**
   * The same, worked out when it is asked for, of the network as it is now: its numbers stay in memory as long as the function does, and to
   * hash them takes as long as to train a small head.
   */
  identityNow(beside: Readonly<Record<string, unknown>>): () => string {
    const { model, sets, classNames, modality, seed } = this.#options;
    const outputs = [{ name: 'features', tensor: model.output, dtype: 'float32' } as const];
    const graph = literalFeatureGraph(model, outputs, modality);
    return () => {
      const data = SET_NAMES.map((name) => ({
        labels: sets[name]?.map(({ label, target }) => (target === undefined ? label : [...target])),
        hashes: sets[name] && platform.sha256().update(this.hashesOf(name).hashes).hex(),
      }));
      return frozenIdentity(graph, {
        ...modality.identity,
        ...beside,
        data,
        classes: classNames,
        ...modality.views?.identity,
        seed,
      });
    };
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
      this.throughput.examples += known.size;
      return known;
    }
    const started = performance.now();
    try {
      const [found] = await this.#extractor.extract(name, view, events);
      const features = await found!.table(this.#budgetOf(name, view));
      this.throughput.examples += features.size;
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
