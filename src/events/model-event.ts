/** @file What network is trained, as an event and its notes. */

import type { ClassifierModel, TrainableModel } from '../runs/classifier-options.ts';
import type { TextClassifierModel, TextExampleSets } from '../runs/grow-text-classifier.ts';
import { longTextsNote } from '../runs/long-texts-note.ts';
import { imageMemoryNote } from '../vision/modality/image-memory.ts';
import { describePreprocessing } from '../vision/preprocessing/preprocessing-text.ts';
import type { ModelEvent, NoteEvent } from './training-event.ts';

/** Tells of the network, and of what is odd about it. */
export function tellModel(classifier: ClassifierModel, emit: (event: ModelEvent | NoteEvent) => void): void {
  const { backbone, recipe, parameters } = classifier;
  emit({ type: 'model', recipe, parameters, preprocessing: preprocessingText(classifier) });
  const size = imageMemoryNote(backbone);
  const notes = size === undefined ? backbone.notes : [...backbone.notes, size];
  for (const text of notes) emit({ type: 'note', text });
}

/** Tells of a network of texts, and of texts that are longer than is read of them. */
export function tellTextModel(
  classifier: TextClassifierModel,
  texts: TextExampleSets,
  emit: (event: ModelEvent | NoteEvent) => void,
): void {
  const { backbone, recipe, parameters } = classifier;
  emit({ type: 'model', recipe, parameters });
  const long = longTextsNote(classifier, texts.train.length + texts.validation.length);
  const notes = long === undefined ? backbone.notes : [...backbone.notes, long];
  for (const text of notes) emit({ type: 'note', text });
}

/** How pixels are scaled, where no pretrained config of the backbone says so. */
export function preprocessingText({
  backbone,
  preprocessing,
}: Pick<TrainableModel, 'backbone' | 'preprocessing'>): string | undefined {
  const source = backbone.pretrainedConfig?.preprocessingSource;
  return source === undefined || preprocessing === undefined
    ? undefined
    : `${describePreprocessing(preprocessing)} (${source})`;
}
