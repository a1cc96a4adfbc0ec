/** @file Before a training starts: what it will need, from the graph, the images and a short measurement. */

import { imageMemory } from '../../core/features/image-memory.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { slotsOf } from '../../core/optimizers/optimizer.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { ImageSets } from '../../node/training/image-sets.ts';
import { freezeUpTo, listPhases } from '../../recipe/phases.ts';
import { createOptimizer } from '../../recipe/recipe-optimizer.ts';
import type { Task } from '../../recipe/task.ts';
import type { ClassifierModel, TrainingOptions } from '../classifier-options.ts';
import type { ImageTrainer } from '../image-trainer.ts';
import { interruptible } from '../interruptible.ts';
import { phaseTrainer, scheduleOf } from '../phase-trainer.ts';
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
  classifier: ClassifierModel,
  images: ImageSets<Task>,
  options: TrainingOptions,
  first: ImageTrainer,
): Promise<Preflight> {
  const { model, backbone, recipe, parameters } = classifier;
  const { images: reader, runtime = platform } = options;
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
  const places = new Set<SymbolicTensor>();
  for (const [index, phase] of phases.entries()) {
    const trainer = index === 0 ? first : phaseTrainer(classifier, phase, images, options, first);
    try {
      scheduleOf(phase, trainer.trainingImages);
      const { features, stepsPerEpoch, stepBytes, seconds } = await estimateTrainer(trainer, phase.epochs);
      const isAgain = places.has(trainer.part.boundary);
      places.add(trainer.part.boundary);
      const { trainable } = model.countParams();
      const { unfreeze, epochs } = phase;
      const featureNumbers = features.numbers;
      const counts = { total: features.total, known: isAgain ? features.total : features.known };
      forecasts.push({
        unfreeze,
        trainable,
        featureNumbers,
        features: counts,
        epochs,
        stepsPerEpoch,
        seconds: isAgain ? { ...seconds, features: 0 } : seconds,
      });
      // The weights, the best of them so far, and the slots.
      const checkpoint = trainable * BYTES * (2 + slotsOf(createOptimizer(phase)).length);
      needs.push({ ...trainer.memoryBytes, step: stepBytes, checkpoint });
      cache += (counts.total - counts.known) * (features.bytes + RECORD_BYTES);
    } finally {
      if (index > 0) await trainer.dispose(first);
    }
  }
  freezeUpTo(backbone.model, phases[0]!.unfreeze);
  const sum = (of: (phase: PhaseForecast) => number): number =>
    forecasts.reduce((total, phase) => total + of(phase), 0);
  const max = (of: (need: (typeof needs)[number]) => number): number => Math.max(...needs.map(of));
  const { train, validation, test } = images;
  const isDecoding = forecasts.some(({ features }) => features.known < features.total);
  const samples = isDecoding ? [...train, ...validation, ...(test ?? [])] : [];
  const decoding = await largestDecodeBytes({ images: reader, samples, signal: options.signal });
  const used = runtime.usedBytes();
  const computing = isDecoding ? decoding + imageMemory(model, samples.length) : 0;
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
    warnings: collectWarnings({ classifier, images, phases, forecasts }),
  };
}

/** From a little of it. What is made for that, the trainer goes on with. */
async function estimateTrainer(trainer: ImageTrainer, epochs: number): Promise<PhaseEstimate> {
  const { options, features, part, width } = trainer;
  const { images, runtime, sets, optimizer, loss, batchSize, threads, signal, featureStores } = options;
  if (features.augments) await features.prepareViews();
  // Without a store, no view is kept.
  const views = featureStores === undefined ? epochs : Math.min(options.views ?? epochs, epochs);
  return interruptible(signal, async () =>
    estimatePhase({
      images,
      runtime,
      sets,
      hashesOf: (name) => features.hashesOf(name),
      part,
      stores: await features.stores(),
      session: () => features.session(signal),
      widthPx: features.widthPx,
      heightPx: features.heightPx,
      width,
      dtype: features.dtype,
      epochs,
      batchSize,
      loss,
      optimizer,
      views: features.augments
        ? { count: views, draw: (pixels) => features.drawView(pixels, 'estimate', 0) }
        : undefined,
      threads,
      signal,
    }),
  );
}
