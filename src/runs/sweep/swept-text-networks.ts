/** @file What heads of a sweep on texts grow from: one network, one tokenization, one count of n-grams. */

import type { RecipeRequest } from '../../recipe/recipe.ts';
import type { TextBackbone } from '../../text/encoders/text-backbone.ts';
import type { TextExample } from '../../text/modality/text-example.ts';
import { TextModality } from '../../text/modality/text-modality.ts';
import { growTextClassifier } from '../grow-text-classifier.ts';
import { longTextsNote } from '../long-texts-note.ts';
import { type PrepareTextsOptions, prepareTexts } from '../prepare-texts.ts';
import type { SweptNetworks } from './swept-networks.ts';

export interface SweptTexts {
  readonly classNames: readonly string[];
  /** Those that n-grams are counted of. With folds all that train and validate in turn: no label is looked at. */
  readonly train: readonly TextExample[];
  readonly others: readonly (readonly TextExample[])[];
}

/**
 * What heads for texts grow from.
 *
 * @param request - Any of the sweep: they differ in nothing that texts are prepared by.
 * @throws {GraftError} As `prepareTexts`.
 */
export async function sweptTextNetworks(
  backbone: TextBackbone,
  request: RecipeRequest,
  texts: SweptTexts,
  options: PrepareTextsOptions,
): Promise<SweptNetworks> {
  const prepared = await prepareTexts(backbone, request, texts, options);
  const modality = new TextModality(prepared.tokens, { runtime: options.runtime });
  const { train, others } = texts;
  const long = longTextsNote(prepared, [train, ...others].flat().length);
  return {
    several: 'texts',
    at: (cut) => (recipe) => growTextClassifier(backbone, { ...recipe, cut }, texts, prepared),
    modality: () => modality,
    keepsFeatures: request.ngrams == null,
    notes: long === undefined ? backbone.notes : [...backbone.notes, long],
    rest: () => prepared.tokens.rest(),
  };
}
