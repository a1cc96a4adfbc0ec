/** @file What one should know of texts that are longer than a network takes. */

import { MAX_WINDOWS } from '../text/modality/text-windows.ts';
import type { TextClassifierModel } from './grow-text-classifier.ts';

/**
 * How many of the texts of a run are longer than is read of them, in a sentence; undefined if none is.
 *
 * @param texts - How many there are.
 */
export function longTextsNote(
  { longTexts, tokens }: Pick<TextClassifierModel, 'longTexts' | 'tokens'>,
  texts: number,
): string | undefined {
  if (longTexts === 0) return undefined;
  const { maxTokens, long } = tokens;
  const many = `${longTexts.toLocaleString('en')} of ${texts.toLocaleString('en')} texts ${longTexts === 1 ? 'has' : 'have'} more than ${maxTokens.toLocaleString('en')} tokens`;
  return {
    head: `${many}: their beginning is read (--long head+tail reads their end, too, --long windows all of them).`,
    'head+tail': `${many}: their first quarter and their end are read (--long windows reads all of them).`,
    windows: `${many}: the ${MAX_WINDOWS} windows at their beginning are read.`,
  }[long];
}
