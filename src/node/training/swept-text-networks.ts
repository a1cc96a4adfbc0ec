/** @file What heads of a sweep on texts grow from: one network, one tokenization, one count of n-grams. */

import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { RecipeRequest } from '../../recipe/recipe.ts';
import { growTextClassifier } from '../../runs/grow-text-classifier.ts';
import { longTextsNote } from '../../runs/long-texts-note.ts';
import { type PrepareTextsOptions, prepareTexts } from '../../runs/prepare-texts.ts';
import type { SweptNetworks } from '../../runs/sweep/swept-networks.ts';
import type { TextExample } from '../../text/modality/text-example.ts';
import { TextModality } from '../../text/modality/text-modality.ts';
import { type LoadTextBackboneOptions, loadTextBackbone } from '../text/load-text-backbone.ts';
import { startTokenizingThread } from '../text/tokenizing-thread.ts';

export interface SweptTexts {
  readonly classNames: readonly string[];
  /** Those that n-grams are counted of. With folds all that train and validate in turn: no label is looked at. */
  readonly train: readonly TextExample[];
  readonly others: readonly (readonly TextExample[])[];
}

/**
 * The network for texts that some recipes ask for.
 *
 * @param requests - Of one network, see `sweepGrid`.
 * @throws {GraftError} As `loadTextBackbone` and `prepareTexts`.
 */
export async function sweptTextNetworks(
  requests: readonly RecipeRequest[],
  texts: SweptTexts,
  options: RuntimeOptions & Omit<PrepareTextsOptions, 'startThread'> & LoadTextBackboneOptions,
): Promise<SweptNetworks> {
  const [first] = requests as [RecipeRequest];
  const { download, ...rest } = options;
  const backbone = await loadTextBackbone(first.backbone, { pooling: first.pooling ?? undefined, download });
  const startThread = startTokenizingThread;
  const prepared = await prepareTexts(backbone, first, texts, { ...rest, startThread });
  const modality = new TextModality(prepared.tokens, { runtime: options.runtime });
  const { train, others } = texts;
  const long = longTextsNote(prepared, [train, ...others].flat().length);
  return {
    several: 'texts',
    at: (cut) => (recipe) => growTextClassifier(backbone, { ...recipe, cut }, texts, prepared),
    modality: () => modality,
    keepsFeatures: first.ngrams == null,
    notes: long === undefined ? backbone.notes : [...backbone.notes, long],
    rest: () => prepared.tokens.rest(),
  };
}
