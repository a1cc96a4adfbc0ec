/** @file What network is trained, as an event and its notes. */

import type { ClassifierModel } from '../runs/classifier-options.ts';
import { imageMemoryNote } from '../vision/modality/image-memory.ts';
import { describePreprocessing } from '../vision/preprocessing/preprocessing-text.ts';
import type { EventListener } from './run-event.ts';

/** Tells of the network, and of what is odd about it. */
export function tellModel(classifier: ClassifierModel, emit: EventListener): void {
  const { model, backbone, recipe, parameters } = classifier;
  emit({ type: 'model', recipe, parameters, preprocessing: preprocessingText(classifier) });
  const size = imageMemoryNote({ model, pretrainedConfig: backbone.pretrainedConfig });
  const notes = size === undefined ? backbone.notes : [...backbone.notes, size];
  for (const text of notes) emit({ type: 'note', text });
}

/** How pixels are scaled, where no pretrained config of the backbone says so. */
export function preprocessingText({
  backbone,
  preprocessing,
}: Pick<ClassifierModel, 'backbone' | 'preprocessing'>): string | undefined {
  const { preprocessingSource: source } = backbone.pretrainedConfig;
  return source === undefined ? undefined : `${describePreprocessing(preprocessing)} (${source})`;
}
