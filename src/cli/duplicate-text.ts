/** @file What people hear of examples that are copies of others, or nearly: at most three lines, of which --json tells more. */

import { basename, dirname, join } from 'node:path';
import type { DuplicateGroup, DuplicateReport, SetDuplicates } from '../node/training/duplicate-report.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import { count, formatCount } from './number-text.ts';

/** How many copies there are, then what follows from that. */
export function duplicateLines(
  report: DuplicateReport,
  keepsTogether: boolean,
  noun: ModalityName = 'image',
): string[] {
  const near = nearLines(report, noun);
  const { images, distinct, differing, sets, groups } = report;
  if (images === 0) return near;
  const all = sets.reduce((sum, set) => sum + set.images, 0);
  const copies = `${count(images)} of ${formatCount(all, noun)} are the same as others, ${noun === 'image' ? 'byte for byte' : 'letter for letter'} (${count(distinct)} distinct)`;
  const labels =
    differing === 0 ? '' : `; ${count(differing)} of them with different labels: ${exampleOf(groups)}`;
  const lines = [`${copies}${labels}.`, consequence(sets, keepsTogether, noun), ...near];
  return lines.filter((line) => line !== '');
}

/** What is nearly the same as what is trained on. */
function nearLines({ near, sets }: DuplicateReport, noun: ModalityName): string[] {
  const [first] = near?.pairs ?? [];
  if (near === undefined || first === undefined) return [];
  const hasFolds = sets.length === 1;
  const each = near.sets
    .filter(({ examples }) => examples > 0)
    .map(({ set, examples }) => {
      const all = sets.find((one) => one.set === set)?.images ?? examples;
      return `${count(examples)} of ${formatCount(all, hasFolds ? noun : `${set} ${noun}`)}`;
    });
  const trained = hasFolds ? `${noun}s of other folds` : `${noun}s that are trained on`;
  const example = `such as ${first.file} and ${first.of.file}`;
  return [
    `${each.join(' and ')} are nearly the same as ${trained}, ${example}: metrics on them are optimistic (--json lists them).`,
  ];
}

/** What the copies do to the metrics. */
function consequence(sets: readonly SetDuplicates[], keepsTogether: boolean, noun: ModalityName): string {
  const leaks = sets.filter(({ trained }) => trained > 0);
  if (leaks.length > 0) {
    const each = leaks.map(
      ({ set, images, trained }) => `${count(trained)} of ${formatCount(images, `${set} ${noun}`)}`,
    );
    return `${each.join(' and ')} are trained on too: metrics on them are optimistic (--json lists them).`;
  }
  const evaluated = sets.length > 1 ? sets.slice(1) : sets;
  const repeating = evaluated.filter(({ images, distinct }) => distinct < images);
  const kept = keepsTogether ? 'Copies stay on one side of the split. ' : '';
  if (repeating.length === 0) return kept.trim();
  const each = repeating.map(
    ({ set, images, distinct }) =>
      `${count(distinct)} distinct ones among ${formatCount(images, `${set} ${noun}`)}`,
  );
  return `${kept}There are ${each.join(' and ')}: the interval is narrower than it should be.`;
}

/** `cats/1.jpg and dogs/7.jpg`. */
function exampleOf(groups: readonly DuplicateGroup[]): string {
  const { images } = groups.find(({ differ }) => differ)!;
  const answer = (index: number): string => {
    const { label, labels, values } = images[index]!;
    return JSON.stringify([label, labels, values]);
  };
  const other = images.findIndex((_, index) => answer(index) !== answer(0));
  return [images[0]!, images[other]!]
    .map(({ file }) => join(basename(dirname(file)), basename(file)))
    .join(' and ');
}
