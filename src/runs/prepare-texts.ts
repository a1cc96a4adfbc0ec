/** @file What is made of a run's texts before a head is put on their network: how they become ids, and which n-grams are counted. */

import { GraftError } from '../core/errors/graft-error.ts';
import { HASH_BYTES } from '../core/examples/content-hashes.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import type { RecipeRequest } from '../recipe/recipe.ts';
import type { TextBackbone } from '../text/encoders/text-backbone.ts';
import { NgramCounter, type NgramPool } from '../text/modality/ngrams.ts';
import type { TextExample } from '../text/modality/text-example.ts';
import { TextTokens, type TextTokensOptions } from '../text/modality/text-tokens.ts';
import { maxTokensOfWindows } from '../text/modality/text-windows.ts';

/** Texts, ready for a network. */
export interface PreparedTexts {
  /** How texts become ids. */
  readonly tokens: TextTokens;
  /** The most tokens that the network sees at once. */
  readonly networkTokens: number;
  /** n-grams of the training texts; undefined where none are wanted, or none stands in several texts. */
  readonly ngrams: NgramPool | undefined;
  /** How many of all texts have more tokens than are read of them. */
  readonly longTexts: number;
}

export interface PrepareTextsOptions
  extends RuntimeOptions,
    Pick<TextTokensOptions, 'stores' | 'startThread'> {
  /** Of the training texts and of each of the others, `[N, 32]`: they get the SHA-256 of the texts, where ids are kept by it. */
  readonly hashes?: readonly (Uint8Array | undefined)[] | undefined;
  /** Texts that are tokenized. */
  readonly onTokens?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Texts that are asked for at once. */
const SLAB = 2048;

/**
 * Tokenizes all texts of a run, which keeps their ids where there is a store, and counts the n-grams of those that train.
 *
 * @param request - Its `maxTokens`, `long` and `ngrams` count.
 * @throws {GraftError} `argument`, if there are fewer tokens than stand around every text. And the signal's reason.
 */
export async function prepareTexts(
  backbone: TextBackbone,
  request: RecipeRequest,
  sets: { readonly train: readonly TextExample[]; readonly others: readonly (readonly TextExample[])[] },
  { hashes, onTokens, signal, ...options }: PrepareTextsOptions = {},
): Promise<PreparedTexts> {
  const { tokenizer, facts } = backbone;
  const { long = 'head', ngrams = null } = request;
  const networkTokens = fittingTokens(backbone, request.maxTokens);
  const { prefix, suffix } = tokenizer;
  const maxTokens =
    long === 'windows' ? maxTokensOfWindows({ windowTokens: networkTokens, prefix, suffix }) : networkTokens;
  const tokens = new TextTokens({ ...options, tokenizer, maxTokens, long, name: facts.id });
  const counter = ngrams === null ? undefined : new NgramCounter(ngrams);
  const all = [sets.train, ...sets.others];
  const total = all.reduce((sum, { length }) => sum + length, 0);
  let [done, longTexts] = [0, 0];
  try {
    for (const [index, examples] of all.entries()) {
      for (let start = 0; start < examples.length; start += SLAB) {
        const some = examples.slice(start, start + SLAB).map(({ text }) => text);
        const own = hashes?.[index]?.subarray(start * HASH_BYTES, (start + some.length) * HASH_BYTES);
        for (const { ids, isLong } of await tokens.of(some, signal, own)) {
          if (isLong) longTexts++;
          if (index === 0) counter?.add(ids);
        }
        done += some.length;
        onTokens?.(done, total);
      }
    }
  } finally {
    // Features find the ids where they are kept.
    if (options.stores !== undefined) await tokens.rest();
  }
  return { tokens, networkTokens, ngrams: counter?.pool(), longTexts };
}

/** Where nothing is said, no more is read of a text: a language model may take a book, and be as slow. */
const USUAL_TOKENS = 512;

function fittingTokens({ maxTokens, tokenizer, facts }: TextBackbone, asked: number | undefined): number {
  const around = tokenizer.prefix.length + tokenizer.suffix.length;
  if (asked === undefined) return Math.min(maxTokens, USUAL_TOKENS);
  if (asked > around && asked <= maxTokens) return asked;
  throw new GraftError('argument', {
    where: `backbone "${facts.id}"`,
    expected: `from ${around + 1} to ${maxTokens} tokens (--max-tokens)`,
    received: String(asked),
    advice:
      asked > maxTokens
        ? 'Longer texts are read at their beginning, by --long head+tail, or whole by --long windows.'
        : 'Give more.',
  });
}
