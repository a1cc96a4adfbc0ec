/** @file Before a training starts: what it will need, from the graph, the images and a short measurement. */

import { listSlots } from '../../core/optimizers/optimizer.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { TrainedPart } from '../../core/steps/freeze-boundary.ts';
import { listPhases } from '../../recipe/phases.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { createOptimizer } from '../../recipe/recipe-optimizer.ts';
import type { Task } from '../../recipe/task.ts';
import { imageMemory } from '../../vision/modality/image-memory.ts';
import type { TrainableModel, TrainingOptions } from '../classifier-options.ts';
import type { ExampleSets } from '../example-sets.ts';
import { interruptible } from '../interruptible.ts';
import { phaseTrainer, previewPhase, resolveSchedule } from '../phase-trainer.ts';
import type { Trainer } from '../trainer.ts';
import { largestDecodeBytes } from './decode-need.ts';
import type { PhaseForecast, Preflight } from './estimate-report.ts';
import { estimatePhase, type PhaseEstimate } from './phase-estimate.ts';
import { collectWarnings } from './warnings.ts';

const BYTES = 4;
/** Of one image in the cache, beside its features. */
const RECORD_BYTES = 64;
/** The newest, the one before, and the one that is being written. */
const CHECKPOINTS = 3;

/**
 * Looks ahead over all phases of a training.
 *
 * @param first - The trainer of the first phase, which has done nothing yet. It goes on with what is made here.
 * @throws {GraftError} What the phases' trainers and schedules throw, and `interrupted`, if the signal aborts.
 */
export async function estimate(
  classifier: TrainableModel,
  images: ExampleSets<Task>,
  options: TrainingOptions,
  first: Trainer,
): Promise<Preflight> {
  const { model, recipe, parameters } = classifier;
  const { runtime = platform } = options;
  const phases = listPhases(recipe);
  const forecasts: PhaseForecast[] = [];
  const needs: {
    readonly features: number;
    readonly weights: number;
    readonly step: number;
    readonly checkpoint: number;
  }[] = [];
  let cache = 0;
  /** Where a phase begins at the same place as one before it, the features are there already. */
  const places: TrainedPart['boundary'][] = [];
  for (const [index, phase] of phases.entries()) {
    if (index > 0) previewPhase(classifier, phase);
    const trainer = index === 0 ? first : phaseTrainer(classifier, phase, images, options, first);
    try {
      resolveSchedule(phase, trainer.trainingExamples);
      const { features, stepsPerEpoch, stepBytes, seconds } = await estimateTrainer(trainer, phase);
      const { boundary } = trainer.part;
      const isAgain = places.some((place) => place.every((tensor, at) => tensor === boundary[at]));
      places.push(boundary);
      const { trainableWeights: trainable } = trainer;
      const { unfreeze, lora, epochs } = phase;
      const featureNumbers = features.numbers;
      const counts = { total: features.total, known: isAgain ? features.total : features.known };
      forecasts.push({
        unfreeze,
        lora: lora ?? undefined,
        trainable,
        featureNumbers,
        features: counts,
        epochs,
        stepsPerEpoch,
        seconds: isAgain ? { ...seconds, features: 0 } : seconds,
      });
      // The weights, the best of them so far, and the slots.
      const checkpoint = trainable * BYTES * (2 + listSlots(createOptimizer(phase)).length);
      needs.push({ ...trainer.memoryBytes, step: stepBytes, checkpoint });
      cache += (counts.total - counts.known) * (features.bytes + RECORD_BYTES);
    } finally {
      if (index > 0) {
        await trainer.dispose(first);
        previewPhase(classifier, phases[0]!);
      }
    }
  }
  const sum = (of: (phase: PhaseForecast) => number): number =>
    forecasts.reduce((total, phase) => total + of(phase), 0);
  const max = (of: (need: (typeof needs)[number]) => number): number => Math.max(...needs.map(of));
  const { train, validation, test } = images;
  const isDecoding = forecasts.some(({ features }) => features.known < features.total);
  const examples = isDecoding ? [...train, ...validation, ...(test ?? [])] : [];
  const { modality } = first.features;
  const decoding = await largestDecodeBytes({ modality, examples, signal: options.signal });
  const used = runtime.usedBytes();
  const computing = isDecoding ? decoding + imageMemory(model, examples.length) : 0;
  return {
    images: { train: train.length, validation: validation.length, test: test?.length ?? 0 },
    phases: forecasts,
    features: { total: sum(({ features }) => features.total), known: sum(({ features }) => features.known) },
    seconds: {
      features: sum(({ seconds }) => seconds.features),
      training: sum(({ seconds }) => seconds.training),
    },
    memoryBytes: {
      features: max(({ features }) => features),
      weights: max(({ weights }) => weights),
      step: max(({ step }) => step),
      decoding,
      // The network and its runtime are there by now, and have run; hardly with a whole batch, nor the largest image.
      total:
        Math.max(used.largest, used.present + computing) +
        max(({ features, weights, step }) => features + weights + step),
    },
    diskBytes: {
      cache: options.featureStores === undefined ? 0 : cache,
      model: parameters.total * BYTES,
      checkpoints: max(({ checkpoint }) => checkpoint) * CHECKPOINTS,
    },
    warnings: collectWarnings({ classifier, words: modality.words, images, phases, forecasts }),
  };
}

/** From a little of it. What is made for that, the trainer goes on with. */
async function estimateTrainer(trainer: Trainer, { epochs, maxTokens }: Recipe): Promise<PhaseEstimate> {
  const { options, features, part, width } = trainer;
  const { modality, runtime, sets, optimizer, loss, batchSize, threads, signal, featureStores } = options;
  if (features.augments) await features.prepareViews();
  // Without a store, no view is kept.
  const views = featureStores === undefined ? epochs : Math.min(options.views ?? epochs, epochs);
  return interruptible(signal, async () =>
    estimatePhase({
      modality,
      runtime,
      sets,
      hashesOf: (name) => features.hashesOf(name),
      part,
      stores: await features.stores(),
      session: () => features.session(signal),
      width,
      layout: features.layout,
      maxPositions: maxTokens,
      epochs,
      batchSize,
      loss,
      optimizer,
      views: features.augments
        ? { count: views, draw: (feeds, row) => features.drawView(feeds, row, 'estimate', 0) }
        : undefined,
      threads,
      signal,
    }),
  );
}
