/** @file A recipe's phase as the trainer wants it. */

import { GraftError } from '../core/errors/graft-error.ts';
import { balancedOrder } from '../core/fit/balanced-order.ts';
import { unreachedEnd } from '../core/optimizers/schedules/schedule-checks.ts';
import type { ScheduleSpec } from '../core/optimizers/schedules/schedule-spec.ts';
import { formatSchedule } from '../core/optimizers/schedules/schedule-text.ts';
import type { SplitOptions } from '../core/steps/freeze-boundary.ts';
import { layerWiseDecay } from '../core/steps/rate-multipliers.ts';
import { createBatchMixing } from '../recipe/batch-mixing.ts';
import { describeFeatures } from '../recipe/describe-features.ts';
import { adaptToPhase, forgetAdapters, hasAdapters } from '../recipe/phase-adapters.ts';
import { trainableIn } from '../recipe/phases.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { createOptimizer } from '../recipe/recipe-optimizer.ts';
import { createLoss, listMetrics, type Task } from '../recipe/task.ts';
import type { TrainableModel, TrainingOptions } from './classifier-options.ts';
import type { ExampleSets } from './example-sets.ts';
import { joinedFeatures } from './joined-features.ts';
import { findSolver } from './linear-solver.ts';
import { createModality } from './modality-of.ts';
import { Trainer } from './trainer.ts';
import type { TrainerOptions, TrainOptions } from './trainer-options.ts';

/**
 * The trainer of one phase. The model stays as it is until it is trained; adapters that the phase trains are in it already, see
 * {@link beginPhase} and {@link previewPhase}.
 *
 * @param after - Of the phase before: what it knows of the examples is taken on.
 * @throws {GraftError} `layer-not-found`; and what `Trainer`, `createBatchMixing` and `solverOf` throw.
 */
export function phaseTrainer(
  classifier: TrainableModel,
  phase: Recipe,
  images: ExampleSets<Task>,
  options: TrainingOptions,
  after?: Trainer,
): Trainer {
  const asked = trainerOptions(classifier, phase, images, options);
  const trainer = new Trainer({ ...asked, after });
  // Before the long work: what cannot be mixed must not wait for its turn.
  createBatchMixing(phase, trainer.part);
  findSolver(phase, trainer.part);
  return trainer;
}

/** Puts the phase's adapters into the network, or merges those of the phase before where it has none. */
export function beginPhase({ model, backbone, recipe }: TrainableModel, phase: Recipe): void {
  adaptToPhase(backbone.model, phase);
  if (hasAdapters(phase)) model.initialize({ seed: recipe.seed });
}

/** The same before anything is trained, for a look ahead: adapters of another phase leave nothing behind. */
export function previewPhase(classifier: TrainableModel, phase: Recipe): void {
  forgetAdapters(classifier.backbone.model);
  beginPhase(classifier, phase);
}

/** Where the frozen part ends: in front of a pooling, if rectangles are to be put into what it pools. */
export function createSplitOptions({ cutmix }: Recipe): SplitOptions {
  return { beforePooling: cutmix !== null };
}

/** How a phase's batches are made and learned from. */
export function createBatchOptions(
  trainer: Trainer,
  phase: Recipe,
): Pick<TrainOptions, 'classWeights' | 'order' | 'mix' | 'rateMultipliers'> {
  const { balance, layerDecay } = phase;
  const mix = createBatchMixing(phase, trainer.part);
  return {
    classWeights: balance === 'weights' ? trainer.balancedWeights() : undefined,
    order: balance === 'sampler' ? balancedOrder : undefined,
    mix,
    rateMultipliers: layerDecay === null ? undefined : layerWiseDecay(trainer.part, layerDecay),
  };
}

/** @throws {GraftError} `argument`, if it would not reach its end. */
export function resolveSchedule(
  { schedule: spec, ...phase }: Recipe,
  images: number,
): ScheduleSpec | undefined {
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
  classifier: TrainableModel,
  phase: Recipe,
  images: ExampleSets<Task>,
  options: TrainingOptions,
): TrainerOptions {
  const { model, backbone } = classifier;
  const { folder, strict, threads, runtime, signal, onFeatures } = options;
  const { classNames, where = `image folder "${folder}"`, train, validation, test, known } = images;
  return {
    modality: createModality(classifier, phase, options),
    runtime,
    model,
    isTrainable: trainableIn(backbone.model, phase),
    sets: { train, validation, test },
    task: phase.task,
    classNames,
    where,
    optimizer: createOptimizer(phase),
    loss: createLoss(classNames.length, phase),
    metrics: listMetrics(phase),
    batchSize: phase.batchSize,
    seed: phase.seed,
    featureStores: options.featureStores,
    extracted: options.extracted,
    featureDType: phase.features,
    precision: phase.precision,
    about: describeFeatures(phase),
    joined: joinedFeatures(classifier, phase),
    ...createSplitOptions(phase),
    // A head takes less beside it than to load it once more would. Without a cache, features explain nothing.
    keepsNetwork:
      options.explain !== undefined &&
      options.featureStores !== undefined &&
      phase.unfreeze === null &&
      !hasAdapters(phase),
    hashes: known?.hashes,
    views: phase.views ?? undefined,
    strict,
    threads,
    signal,
    onFeatures,
  };
}
