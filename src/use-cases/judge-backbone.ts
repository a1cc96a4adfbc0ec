/** @file One network, judged by cross-validation on frozen features of images or texts. */

import { correctPredictions } from '../core/evaluation/classification-report.ts';
import type { Sample } from '../core/examples/sample.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import { TrainingFeatures } from '../core/features/training-features.ts';
import { crossValidate } from '../core/fit/solver/cross-validate.ts';
import { computeProbabilities } from '../core/fit/targets.ts';
import { splitAtFreezeBoundary } from '../core/steps/freeze-boundary.ts';
import { imageFiles } from '../node/images/image-files.ts';
import type { FoldSets } from '../node/training/fold-sets.ts';
import type { TextFoldSets } from '../node/training/text-sets.ts';
import { buildClassifier } from '../node/training/train-classifier.ts';
import { describeFeatures } from '../recipe/describe-features.ts';
import type { RecipeRequest } from '../recipe/recipe.ts';
import { createHeadOutput, createLoss, DEFAULT_TASK } from '../recipe/task.ts';
import type { TrainableModel, TrainingOptions } from '../runs/classifier-options.ts';
import { measureFrozen } from '../runs/estimate/frozen-speed.ts';
import { joinedFeatures } from '../runs/joined-features.ts';
import { createModality } from '../runs/modality-of.ts';
import type { BackboneResult } from './recommend-report.ts';
import type { StageEvents } from './stage-events.ts';

export interface JudgeOptions {
  readonly stages: StageEvents;
  readonly featureStores: FeatureStores | undefined;
  readonly strict?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * Features as a training that says this and nothing else has them: what is computed here, it finds in the cache.
 *
 * @throws {GraftError} As `buildClassifier`.
 */
export async function judgeImageBackbone(
  asked: Pick<RecipeRequest, 'backbone' | 'sizePx' | 'resize'> & { readonly backbone: string },
  sets: FoldSets,
  options: JudgeOptions,
): Promise<BackboneResult> {
  const classifier = await buildClassifier({ ...asked, task: DEFAULT_TASK }, sets.classNames.length);
  const reader = { images: imageFiles };
  const judged = await judge(classifier, sets, reader, options);
  return { ...judged, backbone: asked.backbone, sizePx: classifier.recipe.sizePx, maxTokens: null };
}

/** The same of a network of texts. @throws {GraftError} As `loadTextBackbone`. */
export async function judgeTextBackbone(
  backbone: string,
  sets: TextFoldSets,
  options: JudgeOptions,
): Promise<BackboneResult> {
  const { growJudgedTexts } = await import('./text-work.ts');
  const { stages, featureStores: stores, signal } = options;
  const { classifier, modality } = await growJudgedTexts(backbone, sets, {
    stores,
    signal,
    onTokens: (done, total) => stages.update('tokens', done, total, 'texts'),
  });
  stages.end();
  try {
    const judged = await judge(classifier, sets, { modality: () => modality }, options);
    return { ...judged, backbone, sizePx: null, maxTokens: classifier.recipe.maxTokens };
  } finally {
    await classifier.tokens.rest();
  }
}

async function judge(
  classifier: TrainableModel,
  { pool, folds, classNames, known }: FoldSets,
  reader: Pick<TrainingOptions, 'images' | 'modality'>,
  { stages, featureStores, strict, threads, signal }: JudgeOptions,
): Promise<Pick<BackboneResult, 'cut' | 'loss' | 'right' | 'cost'>> {
  const { model, recipe } = classifier;
  const { boundary } = splitAtFreezeBoundary(model, {});
  const modality = createModality(classifier, recipe, reader);
  const features = new TrainingFeatures(
    {
      model,
      classNames,
      modality,
      sets: { train: pool },
      seed: recipe.seed,
      about: describeFeatures(recipe),
      joined: joinedFeatures(classifier, recipe),
      featureStores,
      featureDType: recipe.features,
      hashes: known?.hashes,
      strict,
      threads,
    },
    boundary,
  );
  try {
    const unit = modality.words.several as 'images' | 'texts';
    const onProgress = (done: number): void => stages.update('features', done, pool.length, unit);
    const set = await features.of('train', { signal, onProgress });
    stages.end();
    const unread = new Set(features.skipped.map(({ file }) => file));
    const foldOf = new Map<Sample, number>();
    folds.forEach((fold, index) => {
      for (const sample of fold) foldOf.set(sample, index);
    });
    const rows = pool.filter(({ file }) => !unread.has(file));
    const { units } = createHeadOutput(DEFAULT_TASK, classNames.length);
    const { logits, loss } = await crossValidate(set, {
      loss: createLoss(classNames.length, recipe),
      outputs: units,
      folds: Uint8Array.from(rows, (sample) => foldOf.get(sample)!),
      threads,
      signal,
    });
    const right = correctPredictions(computeProbabilities(logits, units), set.labels, classNames.length);
    const speed = await measureFrozen({
      modality,
      examples: rows,
      session: await features.session(signal),
      signal,
    });
    return {
      cut: recipe.cut,
      loss,
      right,
      cost: {
        msPerImage: speed === undefined ? null : 1000 * (speed.decode + speed.compute),
        modelBytes: classifier.parameters.total * BYTES,
      },
    };
  } finally {
    await features.rest();
  }
}
