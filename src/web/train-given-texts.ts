/** @file Trains a classifier on texts that a page has: the whole way from texts to a model file, with the events of the command line. */

import { encodeModelFile } from '../artifacts/encode-model-file.ts';
import { VERSION } from '../artifacts/graft-version.ts';
import {
  textClassifierAdapters,
  textClassifierGraph,
  textClassifierInfo,
} from '../artifacts/text-classifier-file.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { joinBytes } from '../core/tensor/join-bytes.ts';
import { EpochEvents } from '../events/epoch-events.ts';
import { tellMetrics } from '../events/metrics-event.ts';
import { tellTextModel } from '../events/model-event.ts';
import { StageEvents } from '../events/stage-events.ts';
import { trainedReport } from '../events/trained-report.ts';
import type { DataEvent } from '../events/training-event.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import { DEFAULT_TASK } from '../recipe/task.ts';
import { readTextRecipe } from '../recipe/text-defaults.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';
import { trainTextPhases } from '../runs/train-texts.ts';
import { encodeImageFilter } from '../vision/images/image-filter.ts';
import { type DividedTextSets, divideTextSets } from './given-texts.ts';
import type { LabeledTexts } from './labeled-texts.ts';
import { forgetNamedCheckpoints, openNamedCheckpoints } from './named-checkpoints.ts';
import { openStoredFeatures } from './stored-features.ts';
import { openTextBackbone } from './text-backbone-source.ts';
import type { TextBackboneSource } from './text-folder.ts';
import type { TrainedInPage, TrainingCalls, TrainingSettings } from './train-images.ts';

/** What one may say of a training on texts in a page. All of it can go to a worker. */
export interface TextTrainingSettings extends Pick<TrainingSettings, 'cache' | 'checkpoint' | 'threads'> {
  /** Choose the best epoch. Default: the fraction of each class that the recipe says, 10%. */
  readonly validation?: LabeledTexts | undefined;
  /** Texts that no decision of the training looks at. */
  readonly test?: LabeledTexts | undefined;
  /** How to train, as in a recipe file. Default: as the command line does for texts. */
  readonly recipe?: Omit<RecipeInput, 'backbone' | 'weights' | 'task'> | undefined;
  /** Where the files of the network are that the head goes on. Default: in the folder `use_lite/` beside the page. */
  readonly backbone?: TextBackboneSource | undefined;
}

/** Trains in the thread of the caller, see `trainTexts`. */
export async function trainGivenTexts(
  texts: LabeledTexts,
  options: TextTrainingSettings & TrainingCalls & RuntimeOptions,
): Promise<TrainedInPage> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, runtime, threads } = options;
  // Before texts are looked at, which takes longer than to see a mistake.
  const recipe = { ...options.recipe, task: DEFAULT_TASK };
  const { validation, test } = options;
  const sets = await divideTextSets({ train: texts, validation, test }, readTextRecipe(recipe), signal);
  emit(dataEvent(sets));
  for (const text of sets.notes) emit({ type: 'note', text });
  const cache = options.cache === false ? undefined : await openStoredFeatures();
  const stages = new StageEvents(emit);
  const epochs = new EpochEvents(emit, stages, 'texts');
  const { checkpoint } = options;
  const checkpoints = await openNamedCheckpoints(checkpoint, { emit, epochs, several: 'texts' });
  try {
    const training = {
      folder: 'texts',
      recipe,
      featureStores: cache,
      checkpoints,
      runtime,
      threads,
      signal,
      onTokens: (done: number, total: number) => stages.update('tokens', done, total, 'texts'),
      onModel(...[classifier]: Parameters<EpochEvents['onModel']> & [Parameters<typeof tellTextModel>[0]]) {
        stages.end();
        tellTextModel(classifier, sets, emit);
        epochs.onModel(classifier);
      },
      onPhase: (...heard: Parameters<EpochEvents['onPhase']>) => epochs.onPhase(...heard),
      onFeatures: (...heard: Parameters<EpochEvents['onFeatures']>) => epochs.onFeatures(...heard),
      onStep: (...heard: Parameters<EpochEvents['onStep']>) => epochs.onStep(...heard),
      onEpoch: (...heard: Parameters<EpochEvents['onEpoch']>) => epochs.onEpoch(...heard),
    };
    const trained = await trainTextPhases(sets, training, {
      openBackbone: () => openTextBackbone(options.backbone, { signal }),
    });
    stages.end();
    for (const text of trained.confidence?.notes ?? []) emit({ type: 'note', text });
    const model = encodeTrained(trained);
    const total = (performance.now() - started) / 1000;
    const { duplicates } = sets;
    const report = trainedReport(trained, { modality: 'text', duplicates, total });
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
export function encodeTrained(trained: TrainedTextClassifier): Uint8Array<ArrayBuffer> {
  const info = textClassifierInfo(trained, VERSION);
  const beside = {
    trainingImages: encodeImageFilter(trained.trainedHashes, info.recipe.seed),
    tokenizer: trained.backbone.tokenizer.json,
    adapters: textClassifierAdapters(trained),
  };
  return joinBytes(encodeModelFile('model.onnx', textClassifierGraph(trained), info, beside));
}

/** What is trained on. */
export function dataEvent(sets: DividedTextSets): DataEvent {
  const { train, validation, test, validationSource: source, isSplit, classNames, task, duplicates } = sets;
  const shown: DataEvent['sets'] = [
    { set: 'train', examples: train.length },
    { set: 'validation', examples: validation.length, source, isSplit },
    ...(test === undefined ? [] : [{ set: 'test' as const, examples: test.length }]),
  ];
  return { type: 'data', data: 'texts', modality: 'text', task, classNames, sets: shown, duplicates };
}
