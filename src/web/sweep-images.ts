/** @file A sweep on images that a page has: many heads on one pass of the backbone, and the best of them as a model. */

import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import { checkTask, DEFAULT_TASK } from '../recipe/task.ts';
import { requireSquare } from '../runs/grow-classifier.ts';
import { type SweepAxes, sweepGrid } from '../runs/sweep/sweep-grid.ts';
import { requireSweepable } from '../runs/sweep/sweep-plan.ts';
import { sweptImageNetworks } from '../runs/sweep/swept-networks.ts';
import { resolvePreprocessing } from '../vision/preprocessing/preprocessing-choice.ts';
import { openBackbone } from './backbone-source.ts';
import { givenImages } from './given-images.ts';
import { runGivenSweep, type SweepCalls, type SweptInPage } from './given-sweep.ts';
import { divideImages } from './image-classes.ts';
import type { ImagesByClass } from './named-images.ts';
import { openStoredFeatures } from './stored-features.ts';
import { dataEvent, duplicatesOf, encodeTrained, type TrainingSettings } from './train-images.ts';

/** What one may say of a sweep in a page. All of it can go to a worker. */
export interface SweepSettings extends Omit<TrainingSettings, 'checkpoint'> {
  /** What is tried, in every combination; the recipe says what all of them share. */
  readonly axes: SweepAxes;
}

/** Sweeps in the thread of the caller, see `sweep`. */
export async function sweepImages(
  images: ImagesByClass,
  options: SweepSettings & SweepCalls & RuntimeOptions,
): Promise<SweptInPage> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, runtime, threads, strict = false } = options;
  const base = readRecipe({ ...options.recipe, task: DEFAULT_TASK });
  // Before files are read, which takes longer than to see a mistake.
  const requests = sweepGrid(base, options.axes);
  for (const request of requests) requireSweepable(request);
  checkTask(base, Object.keys(images).length);
  const { validation, test } = options;
  const sets = await divideImages({ train: images, validation, test }, base, signal);
  const duplicates = duplicatesOf(sets);
  emit(dataEvent(sets, duplicates));
  for (const text of sets.notes) emit({ type: 'note', text });
  const networks = await sweptImageNetworks(requests, sets.classNames.length, async ({ cut }) => {
    const backbone = await openBackbone(options.backbone, {
      inputShape: base.sizePx === undefined ? undefined : [base.sizePx, base.sizePx, 3],
      cut,
      preprocessing: resolvePreprocessing(base.preprocessing),
      signal,
    });
    requireSquare(backbone);
    return backbone;
  });
  const backbone = networks.backbone.pretrainedConfig.id;
  const named = requests.map((request) => ({ ...request, backbone }));
  const cache = options.cache === false ? undefined : await openStoredFeatures();
  try {
    return await runGivenSweep(
      { requests: named, networks, sets, duplicates, images: givenImages, encode: encodeTrained },
      { onEvent: emit, started, featureStores: cache, runtime, threads, signal, strict },
    );
  } finally {
    cache?.close();
  }
}
