/** @file The features of a sweep: all places of the backbone in one pass over the images. */

import { createAugmenter } from '../../data/augmentation.ts';
import { isNoAugmentation } from '../../data/augmentation-spec.ts';
import { parseAugmentation } from '../../data/augmentation-text.ts';
import { emptyHashes, type ImageHashes } from '../../data/image-hash.ts';
import type { ImageReader } from '../../data/image-reader.ts';
import type { Sample, SkippedFile } from '../../data/sample.ts';
import { batchSizesInMemory, createBatchedSession } from '../../features/batched-session.ts';
import { DecodedImages } from '../../features/decoded-images.ts';
import {
  type ExtractedFeatures,
  extractJointly,
  type FeatureTarget,
  FORWARD_BATCH,
  type ImageView,
} from '../../features/feature-extraction.ts';
import { FEATURE_BYTES, type FeatureSet } from '../../features/feature-set.ts';
import {
  aboutFeatures,
  type FeatureSpaces,
  type FeatureStores,
  openFeatureSpaces,
} from '../../features/feature-spaces.ts';
import { memoryBudgets } from '../../features/feature-table.ts';
import type { ExtractedSets, SampleSets, SetName } from '../../features/sample-sets.ts';
import { createWarpKernel } from '../../kernels/warp-kernel.ts';
import { featureGraph, literalImageGraph } from '../../models/image-graph.ts';
import type { RecipeRequest } from '../../recipe/recipe.ts';
import { platform } from '../../runtime/platform.ts';
import type { RuntimeOptions } from '../../runtime/runtime.ts';
import type { Session } from '../../runtime/session.ts';
import type { SweepPlace } from './sweep-plan.ts';

export interface SweepFeatureOptions extends RuntimeOptions {
  /** What reads the images. */
  readonly images: ImageReader;
  readonly classes: number;
  readonly featureStores?: FeatureStores | undefined;
  readonly strict?: boolean;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Hashes of the same images that were made before; filled in as more are made. */
  readonly hashes?: ReadonlyMap<SetName, ImageHashes> | undefined;
  /** Called with the number of images, or views of them, that are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How many views of a training image a recipe needs; 0 without augmentation. */
export function countViews({ augmentation, views, epochs }: RecipeRequest): number {
  if (augmentation === null || isNoAugmentation(parseAugmentation(augmentation))) return 0;
  return Math.min(views ?? Number.POSITIVE_INFINITY, epochs);
}

/** Features at all places of a sweep. */
export class SweepFeatures {
  readonly skipped: SkippedFile[] = [];
  /** Images, or views of them, that went through the network; the others were known. */
  computed = 0;
  known = 0;
  seconds = 0;
  readonly #places: readonly SweepPlace[];
  readonly #sets: SampleSets;
  readonly #options: SweepFeatureOptions;
  /** Of every place, by set and view. */
  readonly #extracted = new Map<SweepPlace, Map<string, ExtractedFeatures>>();
  readonly #hashes: Map<SetName, ImageHashes>;
  readonly #sessions = new Map<string, Session>();
  /** Without a cache. */
  readonly #batchSizes = batchSizesInMemory();

  /** @param sets - Views are drawn of `train` alone. */
  constructor(places: readonly SweepPlace[], sets: SampleSets, options: SweepFeatureOptions) {
    this.#places = places;
    this.#sets = sets;
    this.#options = options;
    for (const place of places) this.#extracted.set(place, new Map());
    this.#hashes = new Map(options.hashes);
  }

  hashesOf(name: SetName): ImageHashes {
    const known = this.#hashes.get(name) ?? emptyHashes(this.#sets[name]?.length ?? 0);
    this.#hashes.set(name, known);
    return known;
  }

  /**
   * Runs the backbone over all images, and all views of those that are trained on.
   *
   * @throws {GraftError} As `extractFeatures`. And the signal's reason, if it aborts.
   */
  async extract(): Promise<void> {
    const started = performance.now();
    const { onProgress } = this.#options;
    const { recipe } = this.#places[0]!;
    const views = countViews(recipe);
    const spaces = await this.#openSpaces(views > 0);
    const names = (['train', 'validation', 'test'] as const).filter((name) => this.#sets[name] !== undefined);
    const total = names.reduce(
      (sum, name) => sum + this.#sets[name]!.length * (name === 'train' ? 1 + views : 1),
      0,
    );
    let before = 0;
    for (const name of names) {
      const samples = this.#sets[name]!;
      const hashes = this.hashesOf(name);
      const images = this.#decoding(samples, name === 'train' && views > 0);
      const skippedBefore = this.skipped.length;
      const drawn = name === 'train' && views > 0 ? await this.#drawViews(views) : [];
      for (const view of [undefined, ...drawn]) {
        const targets = this.#places.map((place, index): FeatureTarget => {
          const own = spaces?.[index];
          return {
            output: place.name,
            width: place.width,
            store: view === undefined ? own?.plain : own?.views,
          };
        });
        const { sizePx } = recipe;
        const { classes, signal, runtime } = this.#options;
        const computedBefore = this.computed;
        const extracted = await extractJointly({
          runtime,
          samples,
          hashes,
          images,
          targets,
          session: (wanted) => this.#session(wanted),
          widthPx: sizePx,
          heightPx: sizePx,
          dtype: recipe.features,
          classes,
          onProgress: (done) => onProgress?.(before + done, total),
          onComputed: (count) => {
            this.computed += count;
          },
          ...(view && { view }),
          ...(signal && { signal }),
        });
        extracted.forEach((features, index) => {
          this.#extracted.get(this.#places[index]!)!.set(keyOf(name, view?.number), features);
        });
        const unreadable = this.skipped.length - skippedBefore;
        this.known += samples.length - unreadable - (this.computed - computedBefore);
        before += samples.length;
      }
    }
    // What was lost of the cache meanwhile is computed again: rare, and worth another session.
    await this.dispose();
    this.seconds = (performance.now() - started) / 1000;
  }

  /** What the heads of a place learn from. Tables are opened when they are asked for, once. */
  setsOf(place: SweepPlace): ExtractedSets {
    const memory = memoryBudgets(this.#options.featureStores !== undefined);
    const tables = new Map<string, Promise<FeatureSet>>();
    return (name, view) => {
      const key = keyOf(name, view);
      const table = tables.get(key) ?? this.#extracted.get(place)!.get(key)!.table(memory(name));
      tables.set(key, table);
      return table;
    };
  }

  /** Forgets what is kept of a place. */
  release(place: SweepPlace): void {
    this.#extracted.delete(place);
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.dispose()));
  }

  async #openSpaces(hasViews: boolean): Promise<readonly FeatureSpaces[] | undefined> {
    const { featureStores } = this.#options;
    if (featureStores === undefined) return undefined;
    const spaces: FeatureSpaces[] = [];
    for (const { model, boundary, preprocessing, recipe, width } of this.#places) {
      const { features: dtype, augmentation, seed } = recipe;
      spaces.push(
        await openFeatureSpaces(featureStores, {
          graph: literalImageGraph(model, boundary, { preprocessing, output: 'features', dtype }),
          about: aboutFeatures(recipe),
          bytesPerEntry: width * FEATURE_BYTES[dtype],
          ...(hasViews && { views: { augmentation: parseAugmentation(augmentation!), seed } }),
        }),
      );
    }
    return spaces;
  }

  async #drawViews(count: number): Promise<ImageView[]> {
    const { augmentation, seed, sizePx } = this.#places[0]!.recipe;
    const spec = parseAugmentation(augmentation!);
    const { runtime = platform } = this.#options;
    const augmenter = createAugmenter(spec, seed, createWarpKernel(await runtime.loadKernel('warp')));
    return Array.from({ length: count }, (_, view) => ({
      number: view,
      draw: (pixels, key) => {
        augmenter.augment({ pixels, height: sizePx, width: sizePx }, { key, epoch: 0, view }, pixels);
      },
    }));
  }

  #decoding(samples: readonly Sample[], again: boolean): DecodedImages {
    const { sizePx } = this.#places[0]!.recipe;
    const { images, strict = false } = this.#options;
    const onSkip = (file: SkippedFile): void => {
      this.skipped.push(file);
    };
    const options = {
      images,
      width: sizePx,
      height: sizePx,
      batchSize: FORWARD_BATCH,
      strict,
      onSkip,
    };
    // Only views are drawn from the same pixels again and again.
    return new DecodedImages(samples.length, options, again ? undefined : 0);
  }

  /** One graph for all places of a backbone: what leads to several of them is computed once. */
  async #session(targets: readonly FeatureTarget[]): Promise<Session> {
    const names = targets.map(({ output }) => output);
    const wanted = this.#places.filter(({ name }) => names.includes(name));
    const backbones = [...new Set(wanted.map(({ backbone }) => backbone.model))];
    const sessions: Session[] = [];
    for (const backbone of backbones) {
      const places = wanted.filter((place) => place.backbone.model === backbone);
      const key = places.map(({ name }) => name).join('\n');
      const session = this.#sessions.get(key) ?? (await this.#createSession(places));
      this.#sessions.set(key, session);
      sessions.push(session);
    }
    return sessions.length === 1 ? sessions[0]! : together(sessions);
  }

  #createSession(places: readonly SweepPlace[]): Promise<Session> {
    const [{ model, preprocessing, recipe }] = places as [SweepPlace];
    const boundaries = new Map(places.map(({ name, boundary }) => [name, boundary]));
    const { threads, featureStores, runtime } = this.#options;
    return createBatchedSession(featureGraph(model, boundaries, { preprocessing, dtype: recipe.features }), {
      threads,
      runtime,
      sizes: featureStores?.batchSizes ?? this.#batchSizes,
    });
  }
}

function keyOf(name: SetName, view: number | undefined): string {
  return `${name} ${view ?? ''}`;
}

/** Several sessions with the same input as one. Each belongs to whoever made it. */
function together(sessions: readonly Session[]): Session {
  return {
    inputNames: sessions[0]!.inputNames,
    outputNames: sessions.flatMap(({ outputNames }) => outputNames),
    async run(feeds) {
      const results = await Promise.all(sessions.map((session) => session.run(feeds)));
      return Object.assign({}, ...results);
    },
    dispose: async () => {},
  };
}
