/** @file Which of the networks that are here suits a person's images or texts, by cross-validation on frozen features. */

import { GraftError } from '../core/errors/graft-error.ts';
import { StageEvents } from '../events/stage-events.ts';
import { isBackboneAvailable } from '../node/backbones/backbone-availability.ts';
import { type CsvOptions, isLabelFile } from '../node/training/csv-image-sets.ts';
import { findModality } from '../node/training/find-modality.ts';
import { type FoldSets, gatherCsvFolds, gatherFolds } from '../node/training/fold-sets.ts';
import type { TextFoldSets } from '../node/training/text-sets.ts';
import { DEFAULT_TEXT_BACKBONE, refuseFields } from '../recipe/text-defaults.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';
import { pretrainedConfigs } from '../vision/pretrained/pretrained-configs.ts';
import { openRunCache } from './feature-cache.ts';
import { judgeImageBackbone, judgeTextBackbone } from './judge-backbone.ts';
import { type BackboneResult, findFaster, type RecommendReport, rankBackbones } from './recommend-report.ts';
import type { FeatureOptions } from './use-case-options.ts';

/** What `recommendBackbone` takes beside the data. */
export interface RecommendOptions extends Omit<FeatureOptions, 'download'> {
  /** More networks than those that are here: files of weights, or ONNX files; several with commas between are joined; of texts folders. */
  readonly backbones?: readonly string[] | undefined;
  /** Pixels of the images' sides, as in a recipe. Default: each network's own. */
  readonly sizePx?: number | undefined;
  /** What becomes of images that are not square, as in a recipe. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
  /** How a table in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
  /** How many folds, from 2 to 50. Default: 5, or as many as the smallest class has examples, if these are fewer. */
  readonly folds?: number | undefined;
  /** Of the folds. Default 1. */
  readonly seed?: number | undefined;
}

const USUAL_FOLDS = 5;
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * Judges every network that is here on a folder of class folders or a table: features of all training and validation examples, once an
 * example and kept for a training that follows, and a linear head that is solved without each of the folds. Copies of an image stay in
 * one fold. Nothing is downloaded. As `graft recommend`. Events: `note`, `progress` and `stage` of each network's features,
 * `backbone`, `result`.
 *
 * @param data - A folder or table as for `train`, of classes.
 * @throws {GraftError} `dataset`, as `train`, and for labels and values; `argument`, for a class with fewer examples than `folds`, or than 2,
 *   and for what is of images alone where there are texts;
 *   `interrupted`, if the signal aborts.
 */
export async function recommendBackbone(
  data: string,
  options: RecommendOptions = {},
): Promise<RecommendReport> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, backbones = [], sizePx, resize, strict, threads } = options;
  const cache = await openRunCache(options.cache, { onNote: (text) => emit({ type: 'note', text }) });
  try {
    const sets = await gather(data, options);
    const { here, elsewhere } = await networksFor(sets);
    const candidates = [...new Set([...here, ...backbones])];
    for (const text of sets.warnings) emit({ type: 'note', text });
    const stages = new StageEvents(emit);
    const results: BackboneResult[] = [];
    const failed: { backbone: string; reason: string }[] = [];
    for (const backbone of candidates) {
      try {
        const judging = { stages, featureStores: cache, strict, threads, signal };
        const result =
          sets.modality === 'text'
            ? await judgeTextBackbone(backbone, sets as TextFoldSets, judging)
            : await judgeImageBackbone({ backbone, sizePx, resize }, sets, judging);
        results.push(result);
        const [judged] = rankBackbones([result]);
        emit({
          type: 'backbone',
          done: results.length + failed.length,
          total: candidates.length,
          judged: judged!,
        });
      } catch (error) {
        stages.end();
        if (signal?.aborted) throw interrupted(error);
        if (!(error instanceof GraftError)) throw error;
        failed.push({ backbone, reason: error.message });
        emit({ type: 'note', text: `${backbone} is left out: ${error.message}` });
      }
    }
    if (results.length === 0) throw nothingHere(failed.length);
    const ranked = rankBackbones(results);
    const report: RecommendReport = {
      data,
      modality: sets.modality ?? 'image',
      classNames: sets.classNames,
      folds: sets.folds.length,
      sizePx: sizePx ?? null,
      resize: sets.modality === 'text' ? null : (resize ?? 'squash'),
      backbones: ranked,
      recommended: ranked[0]!.backbone,
      faster: findFaster(ranked),
      elsewhere,
      failed,
      seconds: (performance.now() - started) / 1000,
    };
    emit({ type: 'result', useCase: 'recommend', report });
    return report;
  } catch (error) {
    throw signal?.aborted ? interrupted(error) : error;
  } finally {
    await cache?.close();
  }
}

/** Networks that are here, cheap to dear, and those that are not. */
async function networksFor(
  sets: FoldSets | TextFoldSets,
): Promise<Pick<RecommendReport, 'elsewhere'> & { readonly here: readonly string[] }> {
  if (sets.modality === 'text') return { here: [DEFAULT_TEXT_BACKBONE], elsewhere: [] };
  const here = pretrainedConfigs
    .filter((config) => isBackboneAvailable(config))
    .toSorted((a, b) => a.parameters - b.parameters);
  const elsewhere = pretrainedConfigs
    .filter((config) => !here.includes(config))
    .map(({ id, parameters, top1 = null }) => ({ backbone: id, weightBytes: parameters * BYTES, top1 }))
    .toSorted((a, b) => (b.top1 ?? 0) - (a.top1 ?? 0));
  return { here: here.map(({ id }) => id), elsewhere };
}

/** Of classes alone. @throws {GraftError} `dataset`; as `gatherFolds`, `gatherCsvFolds` and `gatherTextFolds`. */
async function gather(
  data: string,
  { csv = {}, folds, seed = 1, sizePx, resize, signal }: RecommendOptions,
): Promise<FoldSets | TextFoldSets> {
  const count = folds ?? USUAL_FOLDS;
  const asked = { group: null, seed, fewer: folds === undefined };
  if ((await findModality(data, csv)) === 'text') {
    refuseFields({ sizePx, resize }, 'texts');
    const { gatherTextFolds } = await import('./text-work.ts');
    return gatherTextFolds(data, count, asked, { ...csv, signal });
  }
  return isLabelFile(data)
    ? gatherCsvFolds(data, count, asked, { ...csv, signal })
    : gatherFolds(data, count, asked, { signal });
}

function nothingHere(failed: number): GraftError {
  return new GraftError('weights', {
    where: 'recommend',
    expected: 'at least one network on this machine',
    received: failed === 0 ? 'none' : `${failed} that could not be judged`,
    advice: 'Install @mediapipe/objectron, or give a file: --backbone model.h5.',
  });
}

function interrupted(cause: unknown): GraftError {
  return new GraftError(
    'interrupted',
    {
      where: 'recommend',
      expected: 'to judge all networks',
      received: 'a request to stop',
      advice: 'Features that were computed are kept for the next call.',
    },
    { cause },
  );
}
