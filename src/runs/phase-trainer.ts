/** @file A recipe's phase as the trainer of images wants it. */

import { GraftError } from '../core/errors/graft-error.ts';
import { balancedOrder } from '../core/fit/balanced-order.ts';
import { unreachedEnd } from '../core/optimizers/schedules/schedule-checks.ts';
import type { ScheduleSpec } from '../core/optimizers/schedules/schedule-spec.ts';
import { formatSchedule } from '../core/optimizers/schedules/schedule-text.ts';
import type { SplitOptions } from '../core/steps/freeze-boundary.ts';
import { layerWiseDecay } from '../core/steps/rate-multipliers.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import { createBatchMixing } from '../recipe/batch-mixing.ts';
import { describeFeatures } from '../recipe/describe-features.ts';
import { freezeUpTo } from '../recipe/phases.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { createOptimizer } from '../recipe/recipe-optimizer.ts';
import { lossOf, metricsOf, type Task } from '../recipe/task.ts';
import type { ClassifierModel, TrainingOptions } from './classifier-options.ts';
import { ImageTrainer, type TrainOptions } from './image-trainer.ts';

/**
 * The trainer of one phase; the backbone is frozen as the phase wants it, and must stay so while it is used.
 *
 * @param after - Of the phase before: what it knows of the images is taken on.
 * @throws {GraftError} `layer-not-found`; and what `ImageTrainer` and `createBatchMixing` throw.
 */
export function phaseTrainer(
  classifier: ClassifierModel,
  phase: Recipe,
  images: ImageSets<Task>,
  options: TrainingOptions,
  after?: ImageTrainer,
): ImageTrainer {
  freezeUpTo(classifier.backbone.model, phase.unfreeze);
  const trainer = new ImageTrainer({ ...trainerOptions(classifier, phase, images, options), after });
  // Before the long work: what cannot be mixed must not wait for its turn.
  createBatchMixing(phase, trainer.part);
  return trainer;
}

/** Where the frozen part ends: in front of a pooling, if rectangles are to be put into what it pools. */
export function splitOptionsOf({ cutmix }: Recipe): SplitOptions {
  return { beforePooling: cutmix !== null };
}

/** How a phase's batches are made and learned from. */
export function batchOptionsOf(
  trainer: ImageTrainer,
  phase: Recipe,
): Pick<TrainOptions, 'classWeights' | 'order' | 'mix' | 'rateMultipliers'> {
  const { balance, layerDecay } = phase;
  const mix = createBatchMixing(phase, trainer.part);
  return {
    ...(balance === 'weights' && { classWeights: trainer.balancedWeights() }),
    ...(balance === 'sampler' && { order: balancedOrder }),
    ...(mix && { mix }),
    ...(layerDecay !== null && { rateMultipliers: layerWiseDecay(trainer.part, layerDecay) }),
  };
}

/** @throws {GraftError} `argument`, if it would not reach its end. */
export function scheduleOf({ schedule: spec, ...phase }: Recipe, images: number): ScheduleSpec | undefined {
  if (spec === null) return undefined;
  const stepsPerEpoch = Math.ceil(images / phase.batchSize);
  const totalSteps = phase.epochs * stepsPerEpoch;
  const cut = unreachedEnd(spec, { learningRate: phase.learningRate, totalSteps, stepsPerEpoch });
  if (cut === undefined) return spec;
  throw new GraftError('argument', {
    where: `schedule "${formatSchedule(spec)}"`,
    expected: `one that ends within ${totalSteps} steps (${phase.epochs} epochs of ${stepsPerEpoch})`,
    received: `one of ${cut.needed} steps`,
    advice: 'Give more epochs, or a shorter schedule.',
  });
}

function trainerOptions(
  { model, preprocessing }: ClassifierModel,
  phase: Recipe,
  images: ImageSets<Task>,
  options: TrainingOptions,
): ConstructorParameters<typeof ImageTrainer>[0] {
  const { images: reader, folder, strict, threads, runtime, signal, onFeatures } = options;
  const { classes, where = `image folder "${folder}"`, train, validation, test, known } = images;
  return {
    images: reader,
    runtime,
    model,
    preprocessing,
    sets: { train, validation, test },
    task: phase.task,
    classes,
    where,
    optimizer: createOptimizer(phase),
    loss: lossOf(classes.length, phase),
    metrics: metricsOf(phase),
    batchSize: phase.batchSize,
    seed: phase.seed,
    featureStores: options.featureStores,
    extracted: options.extracted,
    featureDType: phase.features,
    precision: phase.precision,
    about: describeFeatures(phase),
    ...splitOptionsOf(phase),
    ...(phase.augmentation !== null && { augmentation: phase.augmentation }),
    ...(known && { hashes: known.hashes }),
    ...(phase.views !== null && { views: phase.views }),
    strict,
    threads,
    ...(signal && { signal }),
    ...(onFeatures && { onFeatures }),
  };
}
