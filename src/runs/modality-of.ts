/** @file What kind of examples a training has: images, where nothing else is said. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Modality } from '../core/examples/modality.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { ImageReader } from '../vision/images/image-reader.ts';
import { imageModality } from '../vision/modality/image-modality.ts';
import type { ModalityFor, SeeingNetwork } from './classifier-options.ts';

export interface ModalityOptions extends RuntimeOptions {
  /** What reads images. Default: nothing does. */
  readonly images?: ImageReader | undefined;
  /** Default: images, as the phase augments them. */
  readonly modality?: ModalityFor | undefined;
}

/**
 * Examples as a phase takes them.
 *
 * @throws {GraftError} `argument`, if the network sees no images, and nothing says what it sees.
 */
export function createModality(
  network: SeeingNetwork,
  phase: Recipe,
  { images: reader, modality, runtime }: ModalityOptions,
): Modality {
  if (modality !== undefined) return modality(network, phase);
  const { model, preprocessing } = network;
  if (preprocessing === undefined || reader === undefined) throw noModality(model.name);
  const { resize, augmentation, seed } = phase;
  return imageModality({ reader, runtime, model, preprocessing, resize, augmentation, seed });
}

function noModality(name: string): GraftError {
  return new GraftError('argument', {
    where: `model "${name}"`,
    expected: 'a modality, or preprocessing for images',
    received: 'neither',
    advice: 'Say with the option "modality" what the model sees.',
  });
}
