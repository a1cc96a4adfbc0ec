/** @file Which of the networks that are here suits a person's images, by cross-validation on frozen features. */

import { GraftError } from '../core/errors/graft-error.ts';
import { correctPredictions } from '../core/evaluation/classification-report.ts';
import { FeatureExtractor } from '../core/features/feature-extractor.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import { crossValidate } from '../core/fit/solver/cross-validate.ts';
import { computeProbabilities } from '../core/fit/targets.ts';
import { splitAtFreezeBoundary } from '../core/steps/freeze-boundary.ts';
import { isBackboneAvailable } from '../node/backbones/backbone-availability.ts';
import { imageFiles } from '../node/images/image-files.ts';
import { findModality } from '../node/training/find-modality.ts';
import { type FoldSets, gatherFolds } from '../node/training/fold-sets.ts';
import { buildClassifier } from '../node/training/train-classifier.ts';
import { describeFeatures } from '../recipe/describe-features.ts';
import { DEFAULT_TASK, headOutputOf, lossOf } from '../recipe/task.ts';
import { measureFrozen } from '../runs/estimate/frozen-speed.ts';
import { modalityOf } from '../runs/modality-of.ts';
import { pretrainedConfigs } from '../vision/pretrained/pretrained-configs.ts';
import { openRunCache } from './feature-cache.ts';
import { type BackboneResult, findFaster, type RecommendReport, rankBackbones } from './recommend-report.ts';
import { StageEvents } from './stage-events.ts';
import type { FeatureOptions } from './use-case-options.ts';

/** What `recommendBackbone` takes beside the data. */
export interface RecommendOptions extends Omit<FeatureOptions, 'download'> {
  /** More networks than those that `graft backbones` has here: files of weights, or ONNX files. */
  readonly backbones?: readonly string[] | undefined;
  /** Of the folds. Default 1. */
  readonly seed?: number | undefined;
}

const FOLDS = 5;
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * Judges every network that is here on a folder of class folders: features of all training and validation images, once an image and
 * kept for a training that follows, and a linear head that is solved without each of five folds. Copies of an image stay in one
 * fold. Nothing is downloaded. As `graft recommend`. Events: `note`, `progress` and `stage` of each network's features,
 * `backbone`, `result`.
 *
 * @param data - A folder as for `train`, of images.
 * @throws {GraftError} `dataset`, as `train`; `argument`, for texts and CSV files, and for a class with fewer images than folds;
 *   `interrupted`, if the signal aborts.
 */
export async function recommendBackbone(
  data: string,
  options: RecommendOptions = {},
): Promise<RecommendReport> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, backbones = [], seed = 1 } = options;
  await requireImages(data);
  const here = pretrainedConfigs
    .filter((config) => isBackboneAvailable(config))
    .toSorted((a, b) => a.parameters - b.parameters);
  const candidates = [...new Set([...here.map(({ id }) => id), ...backbones])];
  const cache = await openRunCache(options.cache, { onNote: (text) => emit({ type: 'note', text }) });
  try {
    const sets = await gatherFolds(data, FOLDS, { group: null, seed }, { signal });
    for (const text of sets.warnings) emit({ type: 'note', text });
    const stages = new StageEvents(emit);
    const results: BackboneResult[] = [];
    const failed: { backbone: string; reason: string }[] = [];
    for (const backbone of candidates) {
      try {
        const result = await judge(backbone, sets, stages, cache, options);
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
      classNames: sets.classNames,
      folds: FOLDS,
      backbones: ranked,
      recommended: ranked[0]!.backbone,
      faster: findFaster(ranked),
      elsewhere: pretrainedConfigs
        .filter((config) => !here.includes(config))
        .map(({ id, parameters, top1 = null }) => ({
          backbone: id,
          weightBytes: parameters * BYTES,
          top1,
        }))
        .toSorted((a, b) => (b.top1 ?? 0) - (a.top1 ?? 0)),
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

/** Features as a training with this backbone and nothing else said has them: what is computed here, it finds in the cache. */
async function judge(
  backbone: string,
  { pool, folds, classNames, known }: FoldSets,
  stages: StageEvents,
  featureStores: FeatureStores | undefined,
  { strict, threads, signal }: RecommendOptions,
): Promise<BackboneResult> {
  const classifier = await buildClassifier({ backbone, task: DEFAULT_TASK }, classNames.length);
  const { model, recipe } = classifier;
  const { boundary } = splitAtFreezeBoundary(model, {});
  const about = describeFeatures(recipe);
  const modality = modalityOf(classifier, recipe, { images: imageFiles });
  const extractor = new FeatureExtractor([{ name: 'features', model, boundary, about }], {
    ...{ modality, sets: { train: pool }, numClasses: classNames.length, featureStores },
    ...{ featureDType: recipe.features, hashes: known?.hashes, strict, threads },
  });
  try {
    const onProgress = (done: number): void => stages.update('features', done, pool.length, 'images');
    const [found] = await extractor.extract('train', undefined, { signal, onProgress });
    const set = await found!.table({ bytes: Number.POSITIVE_INFINITY });
    stages.end();
    const unread = new Set(extractor.skipped.map(({ file }) => file));
    const rows = pool.filter(({ file }) => !unread.has(file));
    const foldOf = new Map(folds.flatMap((fold, index) => fold.map(({ file }) => [file, index] as const)));
    const { units } = headOutputOf(DEFAULT_TASK, classNames.length);
    const { logits, loss } = await crossValidate(set, {
      loss: lossOf(classNames.length, recipe),
      outputs: units,
      folds: Uint8Array.from(rows, ({ file }) => foldOf.get(file)!),
      threads,
      signal,
    });
    const right = correctPredictions(computeProbabilities(logits, units), set.labels, classNames.length);
    const speed = await measureFrozen({
      modality,
      examples: rows,
      session: await extractor.session([extractor.layers[0]!], signal),
      signal,
    });
    return {
      backbone,
      cut: recipe.cut,
      sizePx: recipe.sizePx,
      loss,
      right,
      cost: {
        msPerImage: speed === undefined ? null : 1000 * (speed.decode + speed.compute),
        modelBytes: classifier.parameters.total * BYTES,
      },
    };
  } finally {
    await extractor.rest();
  }
}

async function requireImages(data: string): Promise<void> {
  if (/\.(csv|tsv|jsonl)$/i.test(data) || (await findModality(data)) !== 'image') {
    throw new GraftError('argument', {
      where: `data "${data}"`,
      expected: 'a folder with one folder of images for each class',
      received: 'a file, or texts',
      advice: 'Networks are compared on images of classes alone: lay them out in folders.',
    });
  }
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
