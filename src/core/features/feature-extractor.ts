/**
 * @file One frozen extractor for any number of feature layers: a training takes one, a sweep many. An example is decoded once
 * and goes through a network once, for all layers that lack its features.
 */

import { type ContentHashes, emptyHashes } from '../examples/content-hashes.ts';
import type { Example, SkippedExample } from '../examples/example.ts';
import { type Feeds, type Modality, POSITION_TARGETS } from '../examples/modality.ts';
import type { TensorSpec } from '../examples/tensor-spec.ts';
import type { Graph } from '../graph/graph.ts';
import { Functional } from '../layers/functional.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { boundarySpecs } from '../steps/freeze-boundary.ts';
import { batchSizesInMemory, createBatchedSession } from './batched-session.ts';
import { DecodedExamples } from './decoded-examples.ts';
import {
  type ExtractedFeatures,
  extractJointly,
  type FeatureTarget,
  FORWARD_BATCH,
  type JointExtractionOptions,
  MANY,
  SLAB,
} from './feature-extraction.ts';
import { type FeatureOutput, featureGraph, literalFeatureGraph } from './feature-graph.ts';
import { type FeatureSpaces, type FeatureStores, openFeatureSpaces } from './feature-spaces.ts';
import { calibrationIdentity, calibrationPositions, int8Model, type Precision } from './frozen-part.ts';
import { joinSessions } from './joined-session.ts';
import { type FeaturePart, openJoinedSpaces } from './joined-spaces.ts';
import { type FeatureDType, keptAs, RowLayout } from './row-layout.ts';
import type { SampleSets, SetName } from './sample-sets.ts';
import { storeWeights } from './store-weights.ts';

/** Where features are taken: the last frozen tensors of a model. */
export interface FeatureLayer {
  /** Different for different layers. */
  readonly name: string;
  /** A model with the boundary in it. */
  readonly model: Functional;
  /** Layers of one network are computed in one pass. Default: `model`. */
  readonly network?: Functional | undefined;
  readonly boundary: readonly SymbolicTensor[];
  /** What the cached features are called, for people. */
  readonly about?: Readonly<Record<string, string | number>> | undefined;
  /**
   * Networks whose features stand side by side in those of this layer, in their order: in float32 each finds its own in the cache, and a
   * training of one of them alone, too. Default: the layer's are one.
   */
  readonly parts?: readonly FeaturePart[] | undefined;
}

export interface FeatureExtractorOptions extends RuntimeOptions {
  /** The kind of the examples. Views are drawn of training examples alone. */
  readonly modality: Modality;
  readonly sets: SampleSets;
  readonly numClasses: number;
  /** Where features are kept between runs, and while training if they are many. Default: in memory. */
  readonly featureStores?: FeatureStores | undefined;
  /** How the frozen part computes. Default float32. */
  readonly precision?: Precision | undefined;
  /** What features are kept as. Default float32. */
  readonly featureDType?: FeatureDType | undefined;
  /** Unreadable examples are fatal. Default false: they are left out and listed. */
  readonly strict?: boolean | undefined;
  readonly threads?: number | undefined;
  /** Hashes of the same examples that were made before. Default: they are made when they are needed. */
  readonly hashes?: ReadonlyMap<SetName, ContentHashes> | undefined;
}

/** Whom a long extraction tells and heeds. */
export interface ExtractionEvents {
  readonly signal: AbortSignal | undefined;
  /** Examples that are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export class FeatureExtractor {
  readonly layers: readonly FeatureLayer[];
  readonly modality: Modality;
  readonly dtype: FeatureDType;
  readonly skipped: SkippedExample[] = [];
  /** Examples, or views of them, that went through a network; the others were known. */
  computed = 0;
  readonly #options: FeatureExtractorOptions;
  readonly #targets: ReadonlyMap<FeatureLayer, Pick<FeatureTarget, 'outputs' | 'layout'>>;
  readonly #hashes: Map<SetName, ContentHashes>;
  readonly #decoded = new Map<SetName, DecodedExamples>();
  readonly #sessions = new Map<string, Session>();
  readonly #int8 = new Map<FeatureLayer, Graph>();
  /** Without a cache. */
  readonly #batchSizes = batchSizesInMemory();
  #spaces: readonly FeatureSpaces[] | undefined;

  /** @param layers - At least one; all take what the modality feeds. */
  constructor(layers: readonly FeatureLayer[], options: FeatureExtractorOptions) {
    this.layers = layers;
    this.modality = options.modality;
    this.#options = options;
    this.#hashes = new Map(options.hashes);
    this.dtype = options.featureDType ?? 'float32';
    this.#targets = new Map(layers.map((layer) => [layer, this.#targetOf(layer)]));
  }

  /** Whether training examples are changed at random. */
  get augments(): boolean {
    return this.modality.views !== undefined;
  }

  /** How the features of a layer are kept. */
  layoutOf(layer: FeatureLayer): RowLayout {
    return this.#targets.get(layer)!.layout;
  }

  /**
   * Runs the networks over those examples of a set whose features are not known.
   *
   * @param view - Which view of the examples, from 0; undefined for the examples as they are.
   * @returns One for each layer.
   * @throws The signal's reason, and what `extractJointly` throws.
   */
  extract(name: SetName, view: number | undefined, events: ExtractionEvents): Promise<ExtractedFeatures[]> {
    const examples = this.#options.sets[name] ?? [];
    const decoded = once(this.#decoded, name, () => this.#decodedOf(name));
    return this.#extract({ examples, hashes: this.hashesOf(name), decoded }, view, events);
  }

  /** The same of examples that are in no set, as they are. */
  extractFurther(examples: readonly Example[], events: ExtractionEvents): Promise<ExtractedFeatures[]> {
    const { modality } = this;
    const decoded = new DecodedExamples(examples.length, { modality, batchSize: FORWARD_BATCH }, 0);
    return this.#extract({ examples, hashes: emptyHashes(examples.length), decoded }, undefined, events);
  }

  async #extract(
    given: Pick<JointExtractionOptions, 'examples' | 'hashes' | 'decoded'>,
    view: number | undefined,
    { signal, onProgress }: ExtractionEvents,
  ): Promise<ExtractedFeatures[]> {
    const { numClasses, runtime } = this.#options;
    const spaces = await this.spaces();
    if (view !== undefined) await this.prepareViews();
    const targets = this.layers.map((layer, index): FeatureTarget => {
      const own = spaces?.[index];
      const target = this.#targets.get(layer)!;
      const store = view === undefined ? own?.plain : own?.views;
      // A store of someone's own may not know of lengths.
      const isFit = target.layout.bytesPerRow !== undefined || store?.lengths !== undefined;
      return { ...target, store: isFit ? store : undefined };
    });
    const draw = (feeds: Feeds, row: number, key: string): void => this.drawView(feeds, row, key, view!);
    return extractJointly({
      ...given,
      runtime,
      targets,
      session: (lacking) =>
        this.session(
          lacking.map((target) => this.layers[targets.indexOf(target)]!),
          signal,
        ),
      numClasses,
      view: view === undefined ? undefined : { number: view, draw },
      signal,
      onProgress,
      onComputed: (examples) => {
        this.computed += examples;
      },
    });
  }

  /** Loads what draws views. */
  prepareViews(): Promise<void> {
    return this.modality.views!.prepare();
  }

  /** Changes an example of a batch to one of its views, after {@link prepareViews}. */
  drawView(feeds: Feeds, row: number, key: string, view: number): void {
    this.modality.views!.draw(feeds, row, key, view);
  }

  /** From what is fed to a layer's features, as they are computed. */
  async graph(layer: FeatureLayer, signal?: AbortSignal): Promise<Graph> {
    // It has as many numbers as the network: only what takes a while to make is kept.
    if (!this.#isInt8) return this.floatGraph(layer);
    const known = this.#int8.get(layer);
    if (known !== undefined) return known;
    const { modality, sets, threads, runtime } = this.#options;
    const decoding = { modality, batchSize: FORWARD_BATCH };
    const made = await int8Model(this.floatGraph(layer), sets.train, decoding, { threads, signal, runtime });
    this.#int8.set(layer, made);
    return made;
  }

  /** The same in float32. */
  floatGraph(layer: FeatureLayer): Graph {
    return featureGraph(layer.model, this.#outputsOf(layer), this.modality);
  }

  /** Gives the outputs of some layers; those of one network together, but in int8, whose rounding depends on where it ends. */
  async session(wanted: readonly FeatureLayer[], signal?: AbortSignal): Promise<Session> {
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

  hashesOf(name: SetName): ContentHashes {
    return once(this.#hashes, name, () => emptyHashes(this.#options.sets[name]?.length ?? 0));
  }

  get hashes(): ReadonlyMap<SetName, ContentHashes> {
    return this.#hashes;
  }

  /** Hashes all examples of some sets. @throws The signal's reason. */
  async hash(names: readonly SetName[], signal: AbortSignal | undefined): Promise<void> {
    for (const name of names) {
      const examples = this.#options.sets[name] ?? [];
      await this.modality.hash(examples, 0, examples.length, this.hashesOf(name), signal);
    }
  }

  /** Frees the networks, which take as much memory as a head: they are made again if they are needed. */
  async rest(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.dispose()));
  }

  async #createSession(group: readonly FeatureLayer[], signal: AbortSignal | undefined): Promise<Session> {
    const { threads, featureStores, runtime, sets } = this.#options;
    // A network is the largest piece of all: what many examples left behind need not lie beside it.
    if (sets.train.length > SLAB) await (runtime ?? platform).collectGarbage?.();
    const [first] = group as [FeatureLayer];
    const outputs = group.flatMap((layer) => this.#outputsOf(layer));
    const graph =
      group.length === 1
        ? await this.graph(first, signal)
        : featureGraph(first.model, outputs, this.modality);
    const session = await createBatchedSession(graph, {
      threads,
      runtime,
      sizes: featureStores?.batchSizes ?? this.#batchSizes,
    });
    // The session has numbers of its own. Few examples do not take long enough for a second copy to matter.
    if (sets.train.length > MANY) {
      const frozen = group.flatMap(({ boundary }) => boundary);
      storeWeights(new Functional({ inputs: first.model.inputs, outputs: frozen }), { runtime });
    }
    return session;
  }

  async #openSpaces(stores: FeatureStores): Promise<FeatureSpaces[]> {
    const { sets } = this.#options;
    if (this.#isInt8) await this.#hashCalibration();
    const { identity, views } = this.modality;
    const int8 = this.#isInt8 ? { int8: calibrationIdentity(this.hashesOf('train'), sets.train.length) } : {};
    const spaces: FeatureSpaces[] = [];
    for (const layer of this.layers) {
      const { layout } = this.#targets.get(layer)!;
      const { model, about = {}, parts } = layer;
      if (parts !== undefined && !this.#isInt8) {
        spaces.push(
          await openJoinedSpaces(stores, parts, {
            dtype: this.dtype,
            beside: identity,
            views: views?.identity,
          }),
        );
        continue;
      }
      // The same key whatever the layer is called.
      const outputs = this.#outputsOf({ ...layer, name: 'features' });
      spaces.push(
        await openFeatureSpaces(stores, {
          graph: literalFeatureGraph(model, outputs, this.modality),
          beside: { ...identity, ...int8 },
          about,
          bytesPerEntry: layout.bytesPerRow,
          views: views?.identity,
        }),
      );
    }
    return spaces;
  }

  /** What is kept of an example: the boundary, and what is to be learned at its positions. */
  #targetOf(layer: FeatureLayer): Pick<FeatureTarget, 'outputs' | 'layout'> {
    const targets = this.modality.hasPositionTargets ? POSITION_TARGETS : [];
    const specs = boundarySpecs(layer).map((spec, index) =>
      this.#padded(spec, layer.boundary[index]!, layer.model),
    );
    return {
      outputs: [...this.#outputsOf(layer).map(({ name }) => name), ...targets.map(({ name }) => name)],
      layout: new RowLayout([...keptAs(this.dtype, specs), ...targets]),
    };
  }

  /** What is fed as it is, is filled up as the modality does it. */
  #padded(spec: TensorSpec, tensor: SymbolicTensor, { inputs }: Functional): TensorSpec {
    const fed = this.modality.inputs;
    // A network with one input may call it what it likes.
    const isOnly = fed.length === 1 && inputs.length === 1 && inputs[0] === tensor;
    const padding = isOnly ? fed[0]!.padding : fed.find(({ name }) => name === tensor.layer.name)?.padding;
    return padding === undefined ? spec : { ...spec, padding };
  }

  #outputsOf(layer: FeatureLayer): FeatureOutput[] {
    return boundarySpecs(layer).map(({ name, dtype }, index) => ({
      name: name.replace('features', () => layer.name),
      tensor: layer.boundary[index]!,
      dtype: dtype === 'float32' ? this.dtype : dtype,
    }));
  }

  get #isInt8(): boolean {
    return this.#options.precision === 'int8';
  }

  /** Of all training examples, int8 is calibrated on a few. */
  async #hashCalibration(): Promise<void> {
    const { train } = this.#options.sets;
    for (const position of calibrationPositions(train.length)) {
      await this.modality.hash(train, position, position + 1, this.hashesOf('train'));
    }
  }

  #decodedOf(name: SetName): DecodedExamples {
    const { modality, sets, strict = false } = this.#options;
    const onSkip = (example: SkippedExample): void => {
      this.skipped.push(example);
    };
    // Only views are drawn from the same examples again and again.
    const keptBytes = name === 'train' && this.augments ? undefined : 0;
    return new DecodedExamples(
      sets[name]?.length ?? 0,
      { modality, batchSize: FORWARD_BATCH, strict, onSkip },
      keptBytes,
    );
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
