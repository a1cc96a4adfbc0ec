/** @file What a training would need, without training. */

import { tellModel, tellTextModel } from '../events/model-event.ts';
import { StageEvents } from '../events/stage-events.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { findDuplicates } from '../node/training/duplicate-report.ts';
import type { TextSets } from '../node/training/text-sets.ts';
import { estimateTraining } from '../node/training/train-classifier.ts';
import type { TextClassifierOptions } from '../node/training/train-text-classifier.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import type { Preflight } from '../runs/estimate/estimate-report.ts';
import type { TextClassifierModel } from '../runs/grow-text-classifier.ts';
import { tellData } from './data-event.ts';
import { fetchOptions, tellDownload } from './download-events.ts';
import { type EstimateReport, planReport } from './estimate-report.ts';
import { openRunCache } from './feature-cache.ts';
import { areTexts, fittingRecipe, gatherExamples, readAsked } from './gather-examples.ts';
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
    const said = options.recipe ?? {};
    const asked = await readAsked(data, said, csv);
    const sets = await gatherExamples(asked, signal);
    tellData(data, sets, emit);
    const stages = new StageEvents(emit);
    const recipe = fittingRecipe(asked, said, sets);
    const common = { folder: data, recipe, featureStores: cache, signal, threads };
    const classifier = areTexts(sets)
      ? await estimateTexts(sets, {
          ...common,
          onTokens: (done, total) => stages.update('tokens', done, total, 'texts'),
          onModel: (model) => {
            stages.end();
            tellTextModel(model, sets, emit);
          },
        })
      : await estimateTraining(sets, {
          ...common,
          strict,
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
      modality: sets.modality ?? 'image',
      task: sets.task,
      classNames: sets.classNames,
      recipe: classifier.recipe,
      parameters: classifier.parameters,
      duplicates: findDuplicates(sets),
      ...plan,
    };
    emit({ type: 'result', useCase: 'estimate', report });
    return report;
  } finally {
    await cache?.close();
  }
}

/** What a text needs is loaded for texts alone. */
async function estimateTexts(
  texts: TextSets,
  options: TextClassifierOptions,
): Promise<TextClassifierModel & { readonly estimate: Preflight }> {
  const { estimateTextTraining } = await import('./text-work.ts');
  return estimateTextTraining(texts, options);
}
