/** @file Trains a classifier on images that a page has: the whole way from files to a model file, with the events of the command line. */

import { classifierGraph, classifierInfo } from '../artifacts/classifier-file.ts';
import { encodeModelFile } from '../artifacts/encode-model-file.ts';
import { VERSION } from '../artifacts/graft-version.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { joinBytes } from '../core/tensor/join-bytes.ts';
import { EpochEvents } from '../events/epoch-events.ts';
import { tellMetrics } from '../events/metrics-event.ts';
import { tellModel } from '../events/model-event.ts';
import { StageEvents } from '../events/stage-events.ts';
import { type TrainedReport, trainedReport } from '../events/trained-report.ts';
import type { DataEvent, TrainingEvent } from '../events/training-event.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import { checkTask, DEFAULT_TASK } from '../recipe/task.ts';
import type { ClassifierModel } from '../runs/classifier-options.ts';
import { reportDuplicates } from '../runs/duplicate-report.ts';
import { checkTraining, growClassifier, requireSquare } from '../runs/grow-classifier.ts';
import { type TrainedPhases, trainPhases } from '../runs/train-phases.ts';
import { encodeImageFilter } from '../vision/images/image-filter.ts';
import { resolvePreprocessing } from '../vision/preprocessing/preprocessing-choice.ts';
import { type BackboneSource, openBackbone } from './backbone-source.ts';
import { givenImages } from './given-images.ts';
import { type DividedImages, divideImages } from './image-classes.ts';
import { forgetNamedCheckpoints, openNamedCheckpoints } from './named-checkpoints.ts';
import type { ImagesByClass } from './named-images.ts';
import { openStoredFeatures } from './stored-features.ts';

/** What one may say of a training in a page. All of it can go to a worker. */
export interface TrainingSettings {
  /** Choose the best epoch. Default: the fraction of each class that the recipe says, 20%. */
  readonly validation?: ImagesByClass | undefined;
  /** Images that no decision of the training looks at. */
  readonly test?: ImagesByClass | undefined;
  /** How to train, as in a recipe file. Default: as the command line. */
  readonly recipe?: Omit<RecipeInput, 'backbone' | 'weights' | 'task'> | undefined;
  /** The network that the head goes on. Default: the default backbone, which lies beside the program. */
  readonly backbone?: BackboneSource | undefined;
  /** Unreadable images are fatal. Default: they are left out and told. */
  readonly strict?: boolean | undefined;
  /** Whether features are kept in the browser's file system, where a worker has one. Default true. */
  readonly cache?: boolean | undefined;
  /**
   * A name under which a worker keeps checkpoints in the browser's file system. A training of this name that was stopped, or cut off with
   * its page, goes on from there: the model is the same to the bit. Default: none.
   */
  readonly checkpoint?: string | undefined;
  /** Processor threads, >= 1. Default: as many as the page may have. */
  readonly threads?: number | undefined;
}

/** Who hears of it, and who may end it. */
export interface TrainingCalls {
  /** Hears every event. What it throws ends the training. */
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Before training: gives up. While training: stops, and keeps the best weights so far. */
  readonly signal?: AbortSignal | undefined;
}

/** What a training came to. */
export interface TrainedInPage {
  readonly report: TrainedReport;
  /** The bytes of `model.onnx`, as `graft train` writes it. */
  readonly model: Uint8Array<ArrayBuffer>;
}

/** Trains in the thread of the caller, see `train`. */
export async function trainImages(
  images: ImagesByClass,
  options: TrainingSettings & TrainingCalls & RuntimeOptions,
): Promise<TrainedInPage> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, runtime, threads, strict = false } = options;
  const recipe = readRecipe({ ...options.recipe, task: DEFAULT_TASK });
  // Before files are read, which takes longer than to see a mistake.
  checkTask(recipe, Object.keys(images).length);
  const { validation, test } = options;
  const sets = await divideImages({ train: images, validation, test }, recipe, signal);
  const duplicates = duplicatesOf(sets);
  emit(dataEvent(sets, duplicates));
  for (const text of sets.notes) emit({ type: 'note', text });
  const { sizePx, cut } = recipe;
  const backbone = await openBackbone(options.backbone, {
    inputShape: sizePx === undefined ? undefined : [sizePx, sizePx, 3],
    cut,
    preprocessing: resolvePreprocessing(recipe.preprocessing),
    signal,
  });
  requireSquare(backbone);
  const named = { ...recipe, backbone: backbone.pretrainedConfig.id };
  const classifier = growClassifier(backbone, named, sets.classNames.length);
  const cache = options.cache === false ? undefined : await openStoredFeatures();
  const stages = new StageEvents(emit);
  const epochs = new EpochEvents(emit, stages);
  const { checkpoint } = options;
  const checkpoints = await openNamedCheckpoints(checkpoint, { emit, epochs, several: 'images' });
  try {
    const training = {
      folder: 'images',
      recipe: named,
      images: givenImages,
      featureStores: cache,
      checkpoints,
      strict,
      runtime,
      threads,
      signal,
      onPhase: (...heard: Parameters<EpochEvents['onPhase']>) => epochs.onPhase(...heard),
      onFeatures: (...heard: Parameters<EpochEvents['onFeatures']>) => epochs.onFeatures(...heard),
      onStep: (...heard: Parameters<EpochEvents['onStep']>) => epochs.onStep(...heard),
      onEpoch: (...heard: Parameters<EpochEvents['onEpoch']>) => epochs.onEpoch(...heard),
    };
    await checkTraining(classifier, sets, training);
    tellModel(classifier, emit);
    epochs.onModel(classifier);
    const phases = await trainPhases(classifier, sets, training);
    stages.end();
    const trained = { ...classifier, ...phases, classNames: sets.classNames };
    for (const text of trained.confidence?.notes ?? []) emit({ type: 'note', text });
    const model = encodeTrained(trained);
    const total = (performance.now() - started) / 1000;
    const report = trainedReport(trained, { modality: 'image', duplicates, total });
    tellMetrics(trained, emit);
    if (trained.skipped.length > 0) emit({ type: 'skipped', skipped: trained.skipped });
    await forgetNamedCheckpoints(checkpoint, report.ended);
    emit({ type: 'result', useCase: 'train', report });
    return { report, model };
  } finally {
    cache?.close();
  }
}

/** The bytes that `graft train` writes. */
export function encodeTrained(
  trained: ClassifierModel & TrainedPhases & Pick<DividedImages, 'classNames'>,
): Uint8Array<ArrayBuffer> {
  const info = classifierInfo(trained, VERSION);
  const trainingImages = encodeImageFilter(trained.trainedHashes, info.recipe.seed);
  return joinBytes(encodeModelFile('model.onnx', classifierGraph(trained), info, { trainingImages }));
}

/** Copies among the images, byte for byte. */
export function duplicatesOf({ identical, classNames, ...sets }: DividedImages): DataEvent['duplicates'] {
  const { train, validation, test } = sets as Pick<DividedImages, 'train' | 'validation' | 'test'>;
  const named = Object.entries({ train, validation, test }).flatMap(([set, samples]) =>
    samples === undefined
      ? []
      : [{ set, samples: samples as Parameters<typeof reportDuplicates>[1][0]['samples'] }],
  );
  return reportDuplicates(identical, named, classNames);
}

/** What is trained on. */
export function dataEvent(sets: DividedImages, duplicates: DataEvent['duplicates']): DataEvent {
  const { train, validation, test, validationSource: source, isSplit, classNames, task } = sets;
  const shown: DataEvent['sets'] = [
    { set: 'train', examples: train.length },
    { set: 'validation', examples: validation.length, source, isSplit },
    ...(test === undefined ? [] : [{ set: 'test' as const, examples: test.length }]),
  ];
  return { type: 'data', data: 'images', modality: 'image', task, classNames, sets: shown, duplicates };
}
