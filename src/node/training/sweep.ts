/** @file A sweep: many heads on one backbone, which runs over the images once for all of them. */

import type { FeatureStores } from '../../core/features/feature-spaces.ts';
import type { FitProgress } from '../../core/fit/fit-options.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { FetchWeightsOptions } from '../../core/weights/download-options.ts';
import type { RecipeInput, RecipeRequest } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import type { DefaultTask } from '../../recipe/task.ts';
import { readTextRecipe } from '../../recipe/text-defaults.ts';
import type { TrainedTextClassifier } from '../../runs/grow-text-classifier.ts';
import { runSweep, type SweepResult, type SweepWorkEvents } from '../../runs/sweep/run-sweep.ts';
import { type SweepAxes, sweepGrid } from '../../runs/sweep/sweep-grid.ts';
import { requireSweepable } from '../../runs/sweep/sweep-plan.ts';
import {
  HoldOutTraining,
  type SweepTraining,
  type SweptClassifier,
} from '../../runs/sweep/sweep-training.ts';
import type { SweptNetworks } from '../../runs/sweep/swept-networks.ts';
import type { DownloadProgress } from '../download/download.ts';
import { imageFiles } from '../images/image-files.ts';
import type { FoldSets } from './fold-sets.ts';
import { FoldTraining } from './fold-training.ts';
import type { ImageSets } from './image-sets.ts';
import { loadSweptNetworks } from './swept-networks.ts';
import type { TextFoldSets, TextSets } from './text-sets.ts';

/** What one hears of a sweep. */
export interface SweepEvents extends SweepWorkEvents {
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** Texts that are tokenized. */
  readonly onTokens?: (done: number, total: number) => void;
  readonly onStep?: (progress: FitProgress) => void;
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
  const { folder, axes, strict, threads, runtime, signal, onPlan, onFeatures, onStep, onRow } = options;
  const base = baseOf(images, options.base);
  const requests = sweepGrid(base, axes);
  for (const request of requests) requireSweepable(request);
  const networks = await networksFor(requests, images, options);
  const featureStores = networks.keepsFeatures ? options.featureStores : undefined;
  const { modality } = networks;
  const common = { images: imageFiles, modality, folder, featureStores, runtime, threads, signal, onStep };
  const training: SweepTraining =
    'folds' in images ? new FoldTraining(images, common) : new HoldOutTraining(images, common);
  try {
    const trained = 'folds' in images ? images.pool : images.train;
    const work = { requests, networks, examples: images, trained, training };
    return await runSweep(work, { ...common, strict, onPlan, onFeatures, onRow });
  } finally {
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
  if (!areTexts(images)) return loadSweptNetworks(requests, images.classNames.length, fetching);
  const { loadSweptTextNetworks } = await import('./swept-text-networks.ts');
  const { classNames } = images;
  const [train, ...others] = 'folds' in images ? [images.pool] : [images.train, images.validation];
  return loadSweptTextNetworks(
    requests,
    { classNames, train, others },
    { runtime, signal, stores, onTokens, download: fetching },
  );
}
