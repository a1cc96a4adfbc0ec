/** @file What in a text made a model say what it says: each word is left out once, and the scores are compared. */

import type { TextClassifier } from '../text-classifier.ts';
import { computeScore } from './occlusion.ts';

/** A piece of a text, and how much it speaks for the class that is explained. */
export interface TokenAttribution {
  /** As it stands in the text, with what follows up to the next word. */
  readonly text: string;
  /** By how much the class's log-odds, or the value, fall without it; below 0 it speaks against the class. */
  readonly score: number;
}

export interface AttributionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** So many words are left out one by one; of longer texts, runs of words are. */
const MAX_PARTS = 200;

/**
 * Explains one text by leaving out each of its words (occlusion, as Li, Monroe and Jurafsky 2016 have it,
 * https://arxiv.org/abs/1612.08220). Words are those of Unicode, so that a language without spaces has words, too.
 *
 * @param index - Of the class, label or value.
 * @returns Pieces in their order; together they are the text.
 */
export async function tokenAttributions(
  classifier: TextClassifier,
  text: string,
  index: number,
  options: AttributionOptions = {},
): Promise<TokenAttribution[]> {
  const parts = partsOf(text);
  // Without its only word there is no text: what a model says of none is compared all the same.
  const others = parts.map((_, left) => parts.filter((__, part) => part !== left).join('') || ' ');
  const outputs = await classifier.predictTexts([text, ...others], options);
  const width = classifier.classNames.length;
  const scores = [text, ...others].map((_, row) =>
    computeScore(outputs.subarray(row * width, (row + 1) * width), index, classifier.task),
  );
  return parts.map((part, place) => ({ text: part, score: scores[0]! - scores[place + 1]! }));
}

/** Words with what follows them; of long texts several at once. */
function partsOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(
    text,
  )) {
    if (words.length === 0 || (isWordLike && /[\p{L}\p{N}]/u.test(words.at(-1)!))) words.push(segment);
    else words[words.length - 1] += segment;
  }
  const atOnce = Math.ceil(words.length / MAX_PARTS);
  return Array.from({ length: Math.ceil(words.length / atOnce) }, (_, part) =>
    words.slice(part * atOnce, (part + 1) * atOnce).join(''),
  );
}
