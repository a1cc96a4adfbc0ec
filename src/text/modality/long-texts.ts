/** @file Texts of more tokens than a network takes. */

/**
 * What is read of a text that is too long: its beginning; its first quarter and its end, as fine-tuned BERT does best with
 * (https://arxiv.org/abs/1905.05583); or all of it, in windows that overlap, see text-windows.ts.
 */
export type LongText = (typeof LONG_TEXTS)[number];

export const LONG_TEXTS = ['head', 'head+tail', 'windows'] as const;

/** How many tokens there may be, and which are kept. */
export interface FitTokensOptions {
  /** The most that there may be, prefix and suffix included. */
  readonly maxTokens: number;
  readonly long: LongText;
  /** What stands before every text, and behind it. */
  readonly prefix?: readonly number[] | undefined;
  readonly suffix?: readonly number[] | undefined;
}

/** At most `maxTokens` ids of a text, with what stands around it. @param ids - Without that. */
export function fitTokens(
  ids: readonly number[],
  { maxTokens, long, prefix = [], suffix = [] }: FitTokensOptions,
): number[] {
  const room = Math.max(maxTokens - prefix.length - suffix.length, 0);
  if (ids.length <= room) return [...prefix, ...ids, ...suffix];
  const head = long === 'head+tail' ? Math.floor(room / 4) : room;
  return [...prefix, ...ids.slice(0, head), ...ids.slice(ids.length - room + head), ...suffix];
}
