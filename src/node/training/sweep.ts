/** @file A sweep: many heads on one backbone, which runs over the images once for all of them. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import { collectLabels, type SkippedFile } from '../../core/examples/sample.ts';
import type { FeatureStores } from '../../core/features/feature-spaces.ts';
import type { FitProgress } from '../../core/fit/fit-options.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { FetchWeightsOptions } from '../../core/weights/download-options.ts';
import type { RecipeInput, RecipeRequest } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import type { DefaultTask } from '../../recipe/task.ts';
import { readTextRecipe } from '../../recipe/text-defaults.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import type { TrainedTextClassifier } from '../../runs/grow-text-classifier.ts';
import { countViews, SweepFeatures } from '../../runs/sweep/sweep-features.ts';
import { type SweepAxes, sweepGrid } from '../../runs/sweep/sweep-grid.ts';
import { type FailedRow, type Ranking, rank, type SweepRow } from '../../runs/sweep/sweep-ranking.ts';
import type { DownloadProgress } from '../download/download.ts';
import { imageFiles } from '../images/image-files.ts';
import type { FoldSets } from './fold-sets.ts';
import type { ImageSets } from './image-sets.ts';
import { planSweep, requireSweepable, type SweepCell, type SweepPlan } from './sweep-plan.ts';
import { FoldTraining, HoldOutTraining, type SweepTraining, type SweptClassifier } from './sweep-training.ts';
import { type SweptNetworks, sweptImageNetworks } from './swept-networks.ts';
import type { TextFoldSets, TextSets } from './text-sets.ts';

/** What one hears of a sweep. */
export interface SweepEvents {
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** Before the long work; what it throws ends the sweep. */
  readonly onPlan?: (plan: SweepPlan) => void | Promise<void>;
  /** Texts that are tokenized. */
  readonly onTokens?: (done: number, total: number) => void;
  /** Examples, or views of them, that are done. */
  readonly onFeatures?: (done: number, total: number) => void;
  readonly onStep?: (progress: FitProgress) => void;
  /** After every combination. @param best - The best so far. @param row - What it came to. */
  readonly onRow?: (
    done: number,
    total: number,
    best: SweepRow | undefined,
    row: SweepRow | FailedRow,
  ) => void;
}

/** What `sweep` takes beside the images. */
export interface SweepOptions extends SweepEvents, RuntimeOptions {
  /** For messages: the folder as the person wrote it. */
  readonly folder: string;
  /** What is the same in all combinations. */
  readonly base: RecipeInput;
  readonly axes: SweepAxes;
  /** How the backbone's weights are fetched, where the recipe asks for them by name or address. */
  readonly download?: FetchWeightsOptions | undefined;
  /** Where features are kept between runs. Default: nowhere. */
  readonly featureStores?: FeatureStores | undefined;
  /** Unreadable images are fatal. Default: they are left out and listed. */
  readonly strict?: boolean | undefined;
  readonly threads?: number | undefined;
  /** Before a combination is done: gives up. After: goes on to the result with those that are. */
  readonly signal?: AbortSignal | undefined;
}

/** Texts of a sweep. */
export type SweptTextSets = TextSets<DefaultTask> | TextFoldSets;

/** Examples of a sweep. */
export type SweptSets = ImageSets | FoldSets | SweptTextSets;

/** What a sweep found, and the best of it as a model. */
export interface SweepResult<B extends SweptClassifier = TrainedClassifier> extends Ranking {
  readonly failed: readonly FailedRow[];
  /** How many combinations were asked for. */
  readonly asked: number;
  readonly ended: 'complete' | 'interrupted';
  /** The best combination, trained: with folds on all images, and with their metrics as its validation. */
  readonly best: B;
  readonly skipped: readonly SkippedFile[];
  /** Images, or views of them, that went through the backbone; the others were known. */
  readonly features: { readonly computed: number; readonly known: number };
  readonly seconds: { readonly features: number; readonly training: number };
}

/**
 * Trains a head for every combination of the axes, on the same examples and from the same seed as a single training would.
 * The backbone is loaded once, and every image goes through it once, for all feature layers that heads grow from.
 *
 * @param images - A split of images or texts, on whose validation examples all are evaluated; or folds.
 * @throws {GraftError} `interrupted`, if the signal aborts before a combination is done; `not-a-number`, if none comes to
 *   anything; and what `sweepGrid`, `planSweep` and `trainClassifier` throw.
 */
export function sweep(
  texts: SweptTextSets,
  options: SweepOptions,
): Promise<SweepResult<TrainedTextClassifier>>;
export function sweep(images: ImageSets | FoldSets, options: SweepOptions): Promise<SweepResult>;
export function sweep(examples: SweptSets, options: SweepOptions): Promise<SweepResult<SweptClassifier>>;
export async function sweep(images: SweptSets, options: SweepOptions): Promise<SweepResult<SweptClassifier>> {
  const { folder, axes, strict, threads, runtime, signal, onFeatures, onStep } = options;
  const { classNames } = images;
  const base = baseOf(images, options.base);
  const requests = sweepGrid(base, axes);
  for (const request of requests) requireSweepable(request);
  const networks = await networksFor(requests, images, options);
  const featureStores = networks.keepsFeatures ? options.featureStores : undefined;
  const unreadable: SkippedFile[] = [];
  const common = {
    images: imageFiles,
    modality: networks.modality,
    folder,
    featureStores,
    runtime,
    threads,
    signal,
  };
  const trainingOptions = { ...common, onStep };
  const training: SweepTraining =
    'folds' in images
      ? new FoldTraining(images, unreadable, trainingOptions)
      : new HoldOutTraining(images, trainingOptions);
  const { sets } = training;
  const plan = planSweep(requests, {
    numClasses: classNames.length,
    networks,
    images: sets.train.length + (sets.validation?.length ?? 0) + (sets.test?.length ?? 0),
    trainingImages: sets.train.length,
    views: countViews(base),
    hasStores: featureStores !== undefined,
    runtime,
  });
  await options.onPlan?.(plan);
  const features = new SweepFeatures(plan.featureLayers, sets, {
    ...common,
    numClasses: classNames.length,
    hashes: images.known?.hashes,
    strict,
    onProgress: onFeatures,
  });
  try {
    await unlessInterrupted(signal, () => features.extract());
    for (const file of features.skipped) unreadable.push(file);
    requireReadable(folder, images, unreadable);
    const started = performance.now();
    const { rows, failed } = await trainAll(plan.cells, training, features, options);
    const best = await training.finish(features.setsOf(training.best!.featureLayer));
    const skipped = [...images.skipped, ...unreadable];
    const counts = { computed: features.computed, known: features.known };
    const seconds = { features: features.seconds, training: (performance.now() - started) / 1000 };
    return {
      ...rank(rows, base.seed),
      failed,
      asked: plan.cells.length,
      ended: rows.length + failed.length < plan.cells.length ? 'interrupted' : 'complete',
      best: { ...best, skipped, features: counts, seconds, trainedHashes: features.hashesOf('train').hashes },
      skipped,
      features: counts,
      seconds,
    };
  } finally {
    await features.dispose();
    await networks.rest?.();
  }
}

function areTexts(images: object): images is SweptTextSets {
  return 'modality' in images && images.modality === 'text';
}

/** What all combinations share; of texts, the epochs that nobody has said depend on how many train. */
function baseOf(images: SweptSets, said: RecipeInput): RecipeRequest {
  if (!areTexts(images)) return readRecipe(said);
  const trained =
    'folds' in images ? Math.round(images.pool.length * (1 - 1 / images.folds.length)) : images.train.length;
  return readTextRecipe(said, trained);
}

async function networksFor(
  requests: readonly RecipeRequest[],
  images: SweptSets,
  { signal, runtime, featureStores: stores, onTokens, onDownload, download }: SweepOptions,
): Promise<SweptNetworks> {
  const fetching = {
    ...download,
    onProgress: onDownload ?? download?.onProgress,
    signal: signal ?? download?.signal,
  };
  if (!areTexts(images)) return sweptImageNetworks(requests, images.classNames.length, fetching);
  const { sweptTextNetworks } = await import('./swept-text-networks.ts');
  const { classNames } = images;
  const [train, ...others] = 'folds' in images ? [images.pool] : [images.train, images.validation];
  return sweptTextNetworks(
    requests,
    { classNames, train, others },
    { runtime, signal, stores, onTokens, download: fetching },
  );
}

/** Trains the combinations, feature layer by feature layer: the features of one at a time are held in memory. */
async function trainAll(
  cells: readonly SweepCell[],
  training: SweepTraining,
  features: SweepFeatures,
  { signal, onRow }: SweepOptions,
): Promise<{ rows: SweepRow[]; failed: FailedRow[] }> {
  const rows: SweepRow[] = [];
  const failed: FailedRow[] = [];
  let best: SweepRow | undefined;
  let extracted = features.setsOf(cells[0]!.featureLayer);
  for (const [index, cell] of cells.entries()) {
    const before = cells[index - 1];
    if (before !== undefined && before.featureLayer !== cell.featureLayer) {
      extracted = features.setsOf(cell.featureLayer);
      if (training.best?.featureLayer !== before.featureLayer) features.release(before.featureLayer);
    }
    if (signal?.aborted) break;
    let ended: SweepRow | FailedRow | undefined;
    try {
      const row = await training.train(cell, extracted);
      if (row === undefined) break;
      rows.push(row);
      if (training.best === cell) best = row;
      ended = row;
    } catch (error) {
      if (signal?.aborted) break;
      if (!(error instanceof GraftError) || error.code !== 'not-a-number') throw error;
      ended = { recipe: cell.recipe, reason: error.message };
      failed.push(ended);
    }
    onRow?.(index + 1, cells.length, best, ended);
  }
  if (rows.length === 0) throw signal?.aborted ? nothingDone() : nothingLearnt(failed);
  return { rows, failed };
}

async function unlessInterrupted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal?.aborted ? nothingDone() : error;
  }
}

function requireReadable(
  folder: string,
  images: ImageSets | FoldSets,
  unreadable: readonly SkippedFile[],
): void {
  const files = new Set(unreadable.map(({ file }) => file));
  const { where = `image folder "${folder}"` } = images;
  const trained = 'folds' in images ? images.pool : images.train;
  const labels = collectLabels(trained.filter(({ file }) => !files.has(file)));
  requireEveryClass({ where, classNames: images.classNames, labels, unreadable });
}

function nothingDone(): GraftError {
  return new GraftError('interrupted', {
    where: 'sweep',
    expected: 'to finish at least 1 combination',
    received: 'an interruption',
    advice: 'Stopped before a combination was finished: there is nothing to keep yet.',
  });
}

function nothingLearnt(failed: readonly FailedRow[]): GraftError {
  return new GraftError('not-a-number', {
    where: 'sweep',
    expected: 'at least 1 combination that learns',
    // The reason is a whole sentence, and its end that of this one.
    received: `${failed.length} that failed; the first: ${(failed[0]?.reason ?? 'unknown').replace(/\.$/, '')}`,
    advice: 'Take lower learning rates.',
  });
}
