/** @file What one should know of how images were divided: notes, not errors. */

import { formatNames } from '../core/examples/labels/csv-labels.ts';
import type { Sample } from '../core/examples/sample.ts';
import type { Folds } from '../core/examples/splits/folds.ts';

export const GROUPS_UNUSED = 'The group pattern is not used: nothing is split.';

/** Of images whose names the group pattern does not match. */
export function unmatchedNotes(unmatched: number): string[] {
  if (unmatched === 0) return [];
  const names = unmatched === 1 ? '1 file name' : `${unmatched} file names`;
  return [`The group pattern does not match ${names}: each such image is a group of its own.`];
}

/** Of folds that are fewer than usual. */
export function fewerFoldsNotes(
  { folds, limit }: Folds,
  { classNames, several }: { readonly classNames: readonly string[]; readonly several: string },
): string[] {
  if (limit === undefined) return [];
  const name = limit.label === undefined ? undefined : classNames[limit.label];
  const smallest = name === undefined ? 'The smallest class' : `Class "${name}"`;
  return [
    `${smallest} has ${limit.groups} different ${several}: there are no more than ${folds.length} folds.`,
  ];
}

/** Of classes that a set to evaluate by has no images of. @param what - `The folder "val"`. */
export function absentNotes(
  what: string,
  samples: readonly Pick<Sample, 'label'>[],
  classNames: readonly string[],
  several = 'images',
): string[] {
  const present = new Set(samples.map(({ label }) => label));
  const absent = classNames.filter((_, label) => !present.has(label)).map((name) => `"${name}"`);
  if (absent.length === 0) return [];
  return [`${what} has no ${several} of ${formatNames(absent)}: nothing tells how well that is recognized.`];
}

/** Classes are told of whose part is further off than whole images make it, or than this. */
const TOLERANCE = 0.1;

/** `20% of each class`; where few images do not allow it, what the classes have instead. */
export function fractionOfClasses(
  asked: number,
  { train, validation }: { readonly train: readonly Sample[]; readonly validation: readonly Sample[] },
  several = 'images',
): string {
  const [trained, validating] = [countsOf(train), countsOf(validation)];
  let isAsAsked = true;
  const fractions = [...validating].map(([label, count]) => {
    const all = count + (trained.get(label) ?? 0);
    const isNearest = Math.abs(count - asked * all) < 0.5 + 1e-9;
    isAsAsked &&= isNearest && Math.abs(count / all - asked) <= TOLERANCE;
    return count / all;
  });
  if (isAsAsked) return `${formatPercent(asked)} of each class`;
  const [min, max] = [Math.min(...fractions), Math.max(...fractions)];
  const range =
    formatPercent(min) === formatPercent(max)
      ? formatPercent(max)
      : `${formatPercent(min)} to ${formatPercent(max)}`;
  return `${range} of each class, as near to ${formatPercent(asked)} as ${several} and groups allow`;
}

/** `20%`. */
export function formatPercent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(fraction < 0.01 ? 1 : 2))}%`;
}

function countsOf(samples: readonly Sample[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { label } of samples) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}
