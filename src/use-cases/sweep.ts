/** @file Many heads on one pass of the backbone, in a run's folder: a table of how good they are, the best as a model. */

import { GraftError } from '../core/errors/graft-error.ts';
import { tellMetrics } from '../events/metrics-event.ts';
import { preprocessingText } from '../events/model-event.ts';
import { StageEvents } from '../events/stage-events.ts';
import { combinationEvent } from '../events/sweep-report.ts';
import { claimRunFolder, type RunFolder } from '../node/artifacts/run-folder.ts';
import { type CsvOptions, isLabelFile } from '../node/training/csv-image-sets.ts';
import { findDuplicates } from '../node/training/duplicate-report.ts';
import { gatherFolds } from '../node/training/fold-sets.ts';
import { gatherImages } from '../node/training/image-sets.ts';
import { type SweptSets, sweep as sweepClassifiers } from '../node/training/sweep.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import { type SweepAxes, sweepGrid } from '../runs/sweep/sweep-grid.ts';
import type { SweepPlan } from '../runs/sweep/sweep-plan.ts';
import { tellData } from './data-event.ts';
import { fetchOptions, tellDownload } from './download-events.ts';
import { openRunCache } from './feature-cache.ts';
import { type Asked, readAsked } from './gather-examples.ts';
import type { EventListener } from './run-event.ts';
import { type SweepReport, sweepReport, writeSweep } from './sweep-report.ts';
import type { FeatureOptions } from './use-case-options.ts';
import { defaultRunName, writeTrained } from './write-trained.ts';

/** What `sweep` takes beside the data. */
export interface SweepOptions extends FeatureOptions {
  /** What all combinations share; what is not said is taken from `DEFAULT_RECIPE`. */
  readonly recipe?: RecipeInput | undefined;
  /** What is tried, in every combination. */
  readonly axes: SweepAxes;
  /** How a table of texts in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
  /** Evaluates by so many stratified folds of training and validation images together, >= 2. Default: the validation images. */
  readonly folds?: number | undefined;
  /** The run's folder. Default: the next free `graft-runs/NAME-N`. */
  readonly out?: string | undefined;
  /** Uses the folder even if it holds files: those of an earlier run are replaced, all others stay. Default false. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Trains every combination of heads, cuts, optimizers and learning rates on one pass of the backbone, and writes the table
 * (`sweep.json`, `sweep.csv`) and the best as a model into a run's folder. As `graft sweep`. Events: `data`, `sweep-plan`,
 * `progress` and `stage` of the features, `combination`, `metrics` of the best, `result`. If the signal aborts after the
 * first combination, those that are finished count, and the report says `ended: 'interrupted'`.
 *
 * @param data - A folder of images, or texts as for `train`.
 * @throws {GraftError} As `train`; `argument`, if an axis or a head cannot be read.
 */
export async function sweep(data: string, options: SweepOptions): Promise<SweepReport> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, axes, folds, threads, strict } = options;
  const note = (text: string): void => emit({ type: 'note', text });
  const said = options.recipe ?? {};
  requireOneWay(options);
  const asked = await readAsked(data, said, options.csv);
  // A mistake in a head must not wait for the examples.
  sweepGrid(asked.recipe, axes);
  const cache = await openRunCache(options.cache, { onNote: note });
  let held: RunFolder | undefined;
  try {
    const images = await gather(asked, folds, signal);
    held = await claimRunFolder(options.out, defaultRunName(data), options.overwrite ?? false, {
      signal,
      onWait: note,
    });
    const folder = held;
    const stages = new StageEvents(emit);
    const result = await sweepClassifiers(images, {
      folder: data,
      base: said,
      axes,
      featureStores: cache,
      strict,
      signal: signal ? AbortSignal.any([signal, folder.lost]) : folder.lost,
      threads,
      download: fetchOptions(options.download, emit),
      onDownload: tellDownload(stages),
      onPlan: async (plan) => {
        stages.end();
        await folder.requireRoom(Math.max(...plan.cells.map(({ parameters }) => parameters.total)));
        await folder.mark();
        tellData(data, images, emit);
        tellPlan(plan, axes, emit);
      },
      onTokens: (done, total) => stages.update('tokens', done, total, 'texts'),
      onFeatures: (done, total) =>
        stages.update('features', done, total, images.modality === 'text' ? 'texts' : 'images'),
      onStep: (progress) => stages.step(progress),
      onRow: (done, total, best, row) => {
        stages.end();
        emit(combinationEvent(done, total, best, row));
      },
    });
    stages.end();
    await folder.requireHeld();
    const { best, skipped } = result;
    const { path: model } = await writeTrained(folder.path, best);
    const total = (performance.now() - started) / 1000;
    const { modality = 'image' } = images;
    const about = { run: folder.path, model, total, modality, duplicates: findDuplicates(images) };
    const report = sweepReport(result, about);
    await writeSweep(folder.path, report);
    // A training that was interrupted here before can no longer be resumed: its model has been replaced.
    await folder.end();
    tellMetrics(best, emit);
    if (skipped.length > 0) emit({ type: 'skipped', skipped });
    emit({ type: 'result', useCase: 'sweep', report });
    return report;
  } catch (error) {
    // Whoever has taken the folder over is the reason of whatever followed.
    if (held?.lost.aborted) await held.requireHeld();
    throw error;
  } finally {
    await held?.release();
    await cache?.close();
  }
}

async function gather(
  { dir, recipe, csv }: Asked,
  folds: number | undefined,
  signal: AbortSignal | undefined,
): Promise<SweptSets> {
  if (csv.as === 'texts') {
    const { gatherTextFolds, gatherTexts, requireTextClasses } = await import('./text-work.ts');
    return folds === undefined
      ? requireTextClasses(await gatherTexts(dir, recipe, { ...csv, signal }))
      : gatherTextFolds(dir, folds, recipe, { ...csv, signal });
  }
  if (isLabelFile(dir)) throw noTable(dir);
  return folds === undefined
    ? gatherImages(dir, recipe, { signal })
    : gatherFolds(dir, folds, recipe, { signal });
}

function noTable(data: string): GraftError {
  return new GraftError('argument', {
    where: 'sweep',
    expected: 'a folder of class folders with images, or a table of texts',
    received: `"${data}", a table of images`,
    advice: 'Give the folder of the images; --as texts takes the table for one of texts.',
  });
}

function requireOneWay({ folds, recipe }: SweepOptions): void {
  if (folds === undefined || recipe?.validation === undefined || recipe.validation === null) return;
  throw new GraftError('argument', {
    where: 'sweep',
    expected: 'folds, or images to validate on',
    received: 'both',
    advice: 'Leave out validation, or folds: they evaluate by all images.',
  });
}

function tellPlan({ cells, featureLayers, notes }: SweepPlan, axes: SweepAxes, emit: EventListener): void {
  const [cell] = cells;
  const hasSeveral = (values: readonly unknown[] | undefined): boolean => (values?.length ?? 0) > 1;
  const varied = [
    hasSeveral(axes.cuts) ? ['cut' as const] : [],
    hasSeveral(axes.heads) ? ['head' as const] : [],
    hasSeveral(axes.optimizers) ? ['optimizer' as const] : [],
    hasSeveral(axes.learningRates) ? ['learningRate' as const] : [],
  ].flat();
  emit({
    type: 'sweep-plan',
    recipe: cell!.recipe,
    preprocessing: preprocessingText(featureLayers[0]!),
    varied,
    combinations: cells.length,
    boundaries: featureLayers.length,
  });
  for (const text of notes) emit({ type: 'note', text });
}
