/** @file What one should know of how pictures were divided: notes, not errors. */

export const GROUPS_UNUSED = 'The group pattern is not used: nothing is split.';

/** Of pictures whose names the group pattern does not match. */
export function unmatchedNotes(unmatched: number): string[] {
  if (unmatched === 0) return [];
  const names = unmatched === 1 ? '1 file name' : `${unmatched} file names`;
  return [`The group pattern does not match ${names}: each such picture is a group of its own.`];
}

/** Of pictures on both sides, where the validation pictures come from a place of their own. */
export function overlapNotes(
  train: readonly { readonly file: string }[],
  validation: readonly { readonly file: string }[],
): string[] {
  const trained = new Set(train.map(({ file }) => file));
  const both = validation.filter(({ file }) => trained.has(file)).length;
  if (both === 0) return [];
  const pictures = both === 1 ? '1 picture is' : `${both} pictures are`;
  return [`${pictures} both trained on and validated on: the figures will look too good.`];
}
