/** @file What one should know of texts that are longer than a network takes. */

import type { TextClassifierModel, TextExampleSets } from './grow-text-classifier.ts';

/** How many of the texts of a run are longer than is read of them, in a sentence; undefined if none is. */
export function longTextsNote(
  { tokens, recipe }: Pick<TextClassifierModel, 'tokens' | 'recipe'>,
  { train, validation }: Pick<TextExampleSets, 'train' | 'validation'>,
): string | undefined {
  const { maxTokens, long } = recipe;
  const all = [...train, ...validation];
  // A token has at least one character: shorter texts need not be looked at.
  for (const { text } of all) if (text.length > maxTokens / 2) tokens.of(text);
  const { longTexts } = tokens;
  if (longTexts === 0) return undefined;
  const many = `${longTexts.toLocaleString('en')} of ${all.length.toLocaleString('en')} texts ${longTexts === 1 ? 'has' : 'have'} more than ${maxTokens} tokens`;
  return long === 'head'
    ? `${many}: their beginning is read (--long head+tail reads their end, too).`
    : `${many}: their first quarter and their end are read.`;
}
