/** @file What in a text made a model say what it says: each word is left out once, and the scores are compared. */

import type { Task } from '../../recipe/task.ts';
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
  const { parts, texts } = leaveOutWords(text);
  const outputs = await classifier.predictTexts(texts, options);
  const scores = fallsOf(outputs, texts.length, index, classifier.task);
  return parts.map((part, place) => ({ text: part, score: scores[place]! }));
}

/** A text in pieces, and what a model has to be asked: the text, then without each of them. */
export function leaveOutWords(text: string): { readonly parts: string[]; readonly texts: string[] } {
  const parts = partsOf(text);
  // Without its only word there is no text: what a model says of none is compared all the same.
  const others = parts.map((_, left) => parts.filter((__, part) => part !== left).join('') || ' ');
  return { parts, texts: [text, ...others] };
}

/**
 * By how much the score of a class falls without each piece.
 *
 * @param outputs - `[count, classes]`, of the texts of {@link leaveOutWords}.
 */
export function fallsOf(outputs: Float32Array, count: number, index: number, task: Task): number[] {
  const width = outputs.length / count;
  const scores = Array.from({ length: count }, (_, row) =>
    computeScore(outputs.subarray(row * width, (row + 1) * width), index, task),
  );
  return scores.slice(1).map((score) => scores[0]! - score);
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
