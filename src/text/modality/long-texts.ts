/** @file Texts of more tokens than a network takes. */

/**
 * What is read of a text that is too long: its beginning; its first quarter and its end, as fine-tuned BERT does best with
 * (https://arxiv.org/abs/1905.05583); or all of it, in windows one after another.
 */
export type LongText = 'head' | 'head+tail' | 'windows';

export const LONG_TEXTS: readonly LongText[] = ['head', 'head+tail', 'windows'];

export interface FitTokensOptions {
  /** The most that there may be, prefix and suffix included. */
  readonly maxTokens: number;
  readonly long: LongText;
  /** What stands before every text, and behind it. */
  readonly prefix?: readonly number[] | undefined;
  readonly suffix?: readonly number[] | undefined;
}

/**
 * The ids of a text, without what stands around it, in rows of at most `maxTokens`: one, or with `windows` as many as it takes.
 * The windows of a text are of about equal length.
 */
export function fitTokens(
  ids: readonly number[],
  { maxTokens, long, prefix = [], suffix = [] }: FitTokensOptions,
): number[][] {
  const room = Math.max(maxTokens - prefix.length - suffix.length, 0);
  const around = (part: readonly number[]): number[] => [...prefix, ...part, ...suffix];
  if (ids.length <= room) return [around(ids)];
  if (long === 'head' || room === 0) return [around(ids.slice(0, room))];
  if (long === 'head+tail') {
    const head = Math.floor(room / 4);
    return [around([...ids.slice(0, head), ...ids.slice(ids.length - room + head)])];
  }
  const count = Math.ceil(ids.length / room);
  return Array.from({ length: count }, (_, index) => {
    const at = (part: number): number => Math.floor((part * ids.length) / count);
    return around(ids.slice(at(index), at(index + 1)));
  });
}
