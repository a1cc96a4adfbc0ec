/** @file A recipe's phase as the trainer of pictures wants it. */

import { parseAugmentation } from '../data/augmentation-text.ts';
import { GraftError } from '../errors/graft-error.ts';
import { unreachedEnd } from '../optimizers/schedules/schedule-checks.ts';
import type { ScheduleSpec } from '../optimizers/schedules/schedule-spec.ts';
import { parseSchedule } from '../optimizers/schedules/schedule-text.ts';
import { balancedOrder } from './balanced-order.ts';
import { batchMixingOf } from './batch-mixing.ts';
import type { ClassifierModel, ClassifierOptions } from './classifier-options.ts';
import { aboutFeatures } from './feature-spaces.ts';
import type { SplitOptions } from './frontier.ts';
import { freezeUpTo } from './phases.ts';
import type { PictureSets } from './picture-sets.ts';
import { PictureTrainer, type TrainOptions } from './picture-trainer.ts';
import { layerWiseDecay } from './rate-multipliers.ts';
import type { Recipe } from './recipe.ts';
import { optimizerOf } from './recipe-optimizer.ts';
import { lossOf, metricsOf, type Task } from './task.ts';

/**
 * The trainer of one phase; the backbone is frozen as the phase wants it, and must stay so while it is used.
 *
 * @param after - Of the phase before: what it knows of the pictures is taken on.
 * @throws {GraftError} `layer-not-found`; and what `PictureTrainer` and `batchMixingOf` throw.
 */
export function phaseTrainer(
  classifier: ClassifierModel,
  phase: Recipe,
  pictures: PictureSets<Task>,
  options: ClassifierOptions,
  after?: PictureTrainer,
): PictureTrainer {
  freezeUpTo(classifier.backbone.model, phase.unfreeze);
  const trainer = new PictureTrainer({ ...trainerOptions(classifier, phase, pictures, options), after });
  // Before the long work: what cannot be mixed must not wait for its turn.
  batchMixingOf(phase, trainer.part);
  return trainer;
}

/** Where the frozen part ends: in front of a pooling, if rectangles are to be put into what it pools. */
export function splitOptionsOf({ cutmix }: Recipe): SplitOptions {
  return { beforePooling: cutmix !== null };
}

/** How a phase's batches are made and learnt from. */
export function batchOptionsOf(
  trainer: PictureTrainer,
  phase: Recipe,
): Pick<TrainOptions, 'classWeights' | 'order' | 'mix' | 'rateMultipliers'> {
  const { balance, layerDecay } = phase;
  const mix = batchMixingOf(phase, trainer.part);
  return {
    ...(balance === 'weights' && { classWeights: trainer.balancedWeights() }),
    ...(balance === 'sampler' && { order: balancedOrder }),
    ...(mix && { mix }),
    ...(layerDecay !== null && { rateMultipliers: layerWiseDecay(trainer.part, layerDecay) }),
  };
}

/** @throws {GraftError} `argument`, if it cannot be read, or would not reach its end. */
export function scheduleOf({ schedule: text, ...phase }: Recipe, pictures: number): ScheduleSpec | undefined {
  if (text === null) return undefined;
  const spec = parseSchedule(text);
  const stepsPerEpoch = Math.ceil(pictures / phase.batchSize);
  const totalSteps = phase.epochs * stepsPerEpoch;
  const cut = unreachedEnd(spec, { learningRate: phase.learningRate, totalSteps, stepsPerEpoch });
  if (cut === undefined) return spec;
  throw new GraftError('argument', {
    where: `schedule "${text}"`,
    expected: `one that ends within ${totalSteps} steps (${phase.epochs} epochs of ${stepsPerEpoch})`,
    received: `one of ${cut.needed} steps`,
    advice: 'Give more epochs, or a shorter schedule.',
  });
}

function trainerOptions(
  { model, preprocessing }: ClassifierModel,
  phase: Recipe,
  pictures: PictureSets<Task>,
  options: ClassifierOptions,
): ConstructorParameters<typeof PictureTrainer>[0] {
  const { folder, strict, threads, signal, onFeatures } = options;
  const { classes, where = `image folder "${folder}"`, train, validation, test, known } = pictures;
  return {
    model,
    preprocessing,
    sets: { train, validation, test },
    task: phase.task,
    classes,
    where,
    optimizer: optimizerOf(phase),
    loss: lossOf(classes.length, phase),
    metrics: metricsOf(phase),
    batchSize: phase.batchSize,
    seed: phase.seed,
    featureStores: options.featureStores,
    extracted: options.extracted,
    featureDType: phase.features,
    precision: phase.precision,
    about: aboutFeatures(phase),
    ...splitOptionsOf(phase),
    ...(phase.augmentation !== null && { augmentation: parseAugmentation(phase.augmentation) }),
    ...(known && { hashes: known.hashes }),
    ...(phase.views !== null && { views: phase.views }),
    ...(strict !== undefined && { strict }),
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
    ...(onFeatures && { onFeatures }),
  };
}
