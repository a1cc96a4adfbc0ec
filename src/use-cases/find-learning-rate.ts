/** @file Which learning rate would be good for a training? */

import { dirname } from 'node:path';
import { learningRatePlot } from '../artifacts/lr-plot.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import type { LearningRateSearch, LearningRateSearchOptions } from '../core/fit/lr-find.ts';
import { tellModel, tellTextModel } from '../events/model-event.ts';
import { StageEvents } from '../events/stage-events.ts';
import { folderFor } from '../node/files/write-file.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import type { TextSets } from '../node/training/text-sets.ts';
import { findClassifierRate } from '../node/training/train-classifier.ts';
import type { TextClassifierOptions } from '../node/training/train-text-classifier.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import { tellData } from './data-event.ts';
import { fetchOptions, tellDownload } from './download-events.ts';
import { openRunCache } from './feature-cache.ts';
import { areTexts, fittingRecipe, gatherExamples, readAsked } from './gather-examples.ts';
import type { LearningRateReport } from './learning-rate-report.ts';
import { outputPlace } from './output-place.ts';
import type { FeatureOptions } from './use-case-options.ts';

/** What `findLearningRate` takes beside the data. */
export interface FindLearningRateOptions extends FeatureOptions {
  /** What is not said is taken from `DEFAULT_RECIPE`. Its learning rate is not used. */
  readonly recipe?: RecipeInput | undefined;
  /** How a CSV file in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
  /** The first rate, > 0. Default 1e-7. */
  readonly from?: number | undefined;
  /** The last rate, above `from`; it ends before, where the loss diverges. Default 10. */
  readonly to?: number | undefined;
  /** Rates that are tried, one batch each, >= 2. Default 100. */
  readonly steps?: number | undefined;
  /** The SVG file that the curve is drawn into; true takes `lr.svg`, or the next free `lr-N.svg`. Default false. */
  readonly plot?: string | boolean | undefined;
  /** Whether the plot may replace a file that is there. Default false. */
  readonly overwrite?: boolean | undefined;
}

const DEFAULT_PLOT = 'lr.svg';

/**
 * A learning-rate range test of a recipe's first phase: the rate grows from step to step, and the loss tells. Nothing is
 * trained. As `graft lr-find`. Events: `data`, `model`, `progress` and `stage` of the features and the learning rates,
 * `result`. If the signal aborts while rates are tried, what was tried counts, and the report says so.
 *
 * @param data - As for `train`.
 * @throws {GraftError} As `train`; `argument`, if a rate is out of its range; `file-exists`, `file-write`.
 */
export async function findLearningRate(
  data: string,
  options: FindLearningRateOptions = {},
): Promise<LearningRateReport> {
  const { onEvent: emit = () => {}, signal, threads, strict, csv, plot = false, overwrite } = options;
  if (typeof plot === 'string') requireSvgName(plot);
  const place =
    plot === false
      ? undefined
      : await outputPlace(plot === true ? undefined : plot, DEFAULT_PLOT, { flag: '--plot', overwrite });
  const cache = await openRunCache(options.cache, { onNote: (text) => emit({ type: 'note', text }) });
  try {
    const said = options.recipe ?? {};
    const asked = await readAsked(data, said, csv);
    const sets = await gatherExamples(asked, signal);
    const recipe = fittingRecipe(asked, said, sets);
    tellData(data, sets, emit);
    const stages = new StageEvents(emit);
    const { from = 1e-7, to = 10, steps = 100 } = options;
    if (place !== undefined) await folderFor(dirname(place.path));
    const unit = areTexts(sets) ? 'texts' : 'images';
    const common = {
      folder: data,
      recipe,
      featureStores: cache,
      signal,
      threads,
      // With augmentation, other views of the images come while the rates are tried.
      onFeatures: (done: number, total: number, epoch: number): void =>
        epoch === 0
          ? stages.update('features', done, total, unit)
          : stages.update('views', done, total, unit, epoch),
    };
    const range: Omit<LearningRateSearchOptions, 'signal'> = {
      from,
      to,
      steps,
      onStep: ({ step }) => stages.update('learning rates', step, steps, 'steps'),
    };
    const search = areTexts(sets)
      ? await searchTexts(
          sets,
          {
            ...common,
            onTokens: (done, total) => stages.update('tokens', done, total, 'texts'),
            onModel: (model) => tellTextModel(model, sets, emit),
          },
          range,
        )
      : await findClassifierRate(
          sets,
          {
            ...common,
            strict,
            download: fetchOptions(options.download, emit),
            onDownload: tellDownload(stages),
            onModel: (classifier) => {
              stages.end();
              tellModel(classifier, emit);
            },
          },
          range,
        );
    stages.end();
    const report: LearningRateReport = {
      ...search,
      plot: place === undefined ? null : await place.write(learningRatePlot(search)),
    };
    emit({ type: 'result', useCase: 'findLearningRate', report });
    return report;
  } finally {
    await cache?.close();
  }
}

/** What a text needs is loaded for texts alone. */
async function searchTexts(
  texts: TextSets,
  options: TextClassifierOptions,
  range: Omit<LearningRateSearchOptions, 'signal'>,
): Promise<LearningRateSearch> {
  const { findTextClassifierRate } = await import('./text-work.ts');
  return findTextClassifierRate(texts, options, range);
}

function requireSvgName(file: string): void {
  if (file.toLowerCase().endsWith('.svg')) return;
  throw new GraftError('argument', {
    where: 'graft lr-find',
    expected: '--plot with a name that ends in .svg',
    received: `"${file}"`,
    advice: 'The curve is an SVG file.',
  });
}
