/** @file A network of texts with a plain head, to be judged: as a training with it and nothing else said has it. */

import { DEFAULT_TASK } from '../../recipe/task.ts';
import { readTextRecipe } from '../../recipe/text-defaults.ts';
import { growTextClassifier, type TextClassifierModel } from '../../runs/grow-text-classifier.ts';
import { type PrepareTextsOptions, prepareTexts } from '../../runs/prepare-texts.ts';
import { TextModality } from '../../text/modality/text-modality.ts';
import { loadTextBackbone } from '../text/load-text-backbone.ts';
import { startTokenizingThread } from '../text/tokenizing-thread.ts';
import type { TextFoldSets } from './text-sets.ts';

/** Its `tokens` rest when they are used no more. @throws {GraftError} As `loadTextBackbone` and `prepareTexts`. */
export async function growJudgedTexts(
  name: string,
  { pool, classNames }: Pick<TextFoldSets, 'pool' | 'classNames'>,
  options: Omit<PrepareTextsOptions, 'startThread'>,
): Promise<{ readonly classifier: TextClassifierModel; readonly modality: TextModality }> {
  const recipe = readTextRecipe({ backbone: name, task: DEFAULT_TASK }, pool.length);
  const backbone = await loadTextBackbone(recipe.backbone);
  const startThread = startTokenizingThread;
  const prepared = await prepareTexts(
    backbone,
    recipe,
    { train: pool, others: [] },
    { ...options, startThread },
  );
  const classifier = growTextClassifier(backbone, recipe, { classNames }, prepared);
  return { classifier, modality: new TextModality(classifier.tokens, { runtime: options.runtime }) };
}
