/** @file What kind of examples a training has: images, where nothing else is said. */

import type { ImageReader } from '../data/image-reader.ts';
import type { Modality } from '../examples/modality.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import { imageModality } from '../vision/image-modality.ts';
import type { ClassifierModel } from './classifier-options.ts';

/** The modality for a network, and for a phase of its training. */
export type ModalityFor = (
  network: Pick<ClassifierModel, 'model' | 'backbone' | 'preprocessing'>,
  phase: Recipe,
) => Modality;

export interface ModalityOptions extends RuntimeOptions {
  /** What reads images. */
  readonly images: ImageReader;
  /** Default: images, as the phase augments them. */
  readonly modality?: ModalityFor | undefined;
}

/** Examples as a phase takes them. */
export function modalityOf(
  network: Parameters<ModalityFor>[0],
  phase: Recipe,
  { images: reader, modality, runtime }: ModalityOptions,
): Modality {
  if (modality !== undefined) return modality(network, phase);
  const { model, preprocessing } = network;
  const { augmentation, seed } = phase;
  return imageModality({ reader, runtime, model, preprocessing, augmentation, seed });
}
