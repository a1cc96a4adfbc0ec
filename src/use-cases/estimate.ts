/** @file What a training would need, without training. */

import { type CsvOptions, gatherData } from '../node/training/csv-image-sets.ts';
import { findDuplicates } from '../node/training/duplicate-report.ts';
import { estimateTraining } from '../node/training/train-classifier.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import { tellData } from './data-event.ts';
import { fetchOptions, tellDownload } from './download-events.ts';
import { type EstimateReport, planReport } from './estimate-report.ts';
import { openRunCache } from './feature-cache.ts';
import { tellModel } from './model-event.ts';
import { StageEvents } from './stage-events.ts';
import type { FeatureOptions } from './use-case-options.ts';

/** What `estimate` takes beside the data. */
export interface EstimateOptions extends FeatureOptions {
  /** What is not said is taken from `DEFAULT_RECIPE`. */
  readonly recipe?: RecipeInput | undefined;
  /** How a CSV file in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
}

/**
 * Looks ahead: images, time, memory and disk that `train` would need, from the graph, the data and a short measurement.
 * Nothing is trained, and no file written. As `graft train --dry-run`. Events: `data`, `model`, `plan`, `result`.
 *
 * @param data - As for `train`.
 * @throws {GraftError} As `train`, as far as a mistake shows before the work.
 */
export async function estimate(data: string, options: EstimateOptions = {}): Promise<EstimateReport> {
  const { onEvent: emit = () => {}, signal, threads, strict, csv } = options;
  const cache = await openRunCache(options.cache, {
    readOnly: true,
    onNote: (text) => emit({ type: 'note', text }),
  });
  try {
    const recipe = readRecipe(options.recipe ?? {});
    const images = await gatherData(data, recipe, { ...csv, signal });
    tellData(data, images, emit);
    const stages = new StageEvents(emit);
    const classifier = await estimateTraining(images, {
      folder: data,
      recipe,
      featureStores: cache,
      strict,
      signal,
      threads,
      download: fetchOptions(options.download, emit),
      onDownload: tellDownload(stages),
      onModel: (model) => {
        stages.end();
        tellModel(model, emit);
      },
    });
    const plan = planReport(classifier.estimate);
    emit({ type: 'plan', ...plan });
    const report: EstimateReport = {
      data,
      modality: 'image',
      task: images.task,
      classNames: images.classes,
      recipe: classifier.recipe,
      parameters: classifier.parameters,
      duplicates: findDuplicates(images),
      ...plan,
    };
    emit({ type: 'result', useCase: 'estimate', report });
    return report;
  } finally {
    await cache?.close();
  }
}
