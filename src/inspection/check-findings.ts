/** @file What is known of examples, as a report. */

import { formatCount, quoteList } from '../core/errors/name-list.ts';
import { wilsonInterval } from '../core/evaluation/wilson-interval.ts';
import { findOutliers } from '../core/inspection/outliers.ts';
import { hasClasses } from '../recipe/task.ts';
import { findFaults, IMAGE_FAULTS, type ImageFault } from '../vision/inspection/image-faults.ts';
import type { CheckEvidence } from './check-evidence.ts';
import type {
  CheckedClass,
  CheckReport,
  CheckWarning,
  LabelError,
  NameGroupsReport,
} from './check-report.ts';
import { classBalanceProblems } from './class-balance.ts';

/** A class is told to be confused with another that so many of its examples are predicted as. */
const CONFUSED = 0.1;

/** The report of what was found. */
export function checkReport(evidence: CheckEvidence): CheckReport {
  const { examples, samples, exact, near, neighbors, assessment, nameGroups, shown } = evidence;
  const names = samples.map(({ file }) => shown(file));
  const filesOf = (places: readonly number[]): string[] => places.map((place) => names[place]!);
  const labelErrors = (assessment?.issues ?? []).map(
    ({ row, suggested, score }): LabelError => ({
      file: names[row]!,
      given: examples.classNames[samples[row]!.label]!,
      suggested: examples.classNames[suggested]!,
      score,
    }),
  );
  return {
    images: samples.length,
    duplicates: [
      ...exact.map((group) => ({ kind: 'exact' as const, files: filesOf(group) })),
      ...near.map((group) => ({ kind: 'near' as const, files: filesOf(group) })),
    ],
    leaks: allGroups(evidence).flatMap((group) => [
      ...(setsOf(evidence, group).length > 1 ? [{ kind: 'split' as const, files: filesOf(group) }] : []),
      ...(differInLabel(evidence, group) ? [{ kind: 'label' as const, files: filesOf(group) }] : []),
    ]),
    labelErrors,
    outliers: findOutliers(neighbors).map(({ row, score }) => ({ file: names[row]!, score })),
    groups: nameGroups === undefined ? null : describeGroups(evidence, nameGroups, names),
    classes: describeClasses(evidence),
    learningCurve: curveOf(evidence),
    warnings: warningsOf(evidence, names),
  };
}

/** Every group once: near ones have the exact ones in them. */
export function allGroups({ exact, near }: Pick<CheckEvidence, 'exact' | 'near'>): (readonly number[])[] {
  const inNear = new Set(near.flat());
  return [...near, ...exact.filter(([first]) => !inNear.has(first!))].sort((a, b) => a[0]! - b[0]!);
}

function setsOf({ sets }: CheckEvidence, places: readonly number[]): string[] {
  return [...new Set(places.map((place) => sets[place]!))];
}

/** Whether examples have different classes, labels or values. */
export function differInLabel({ samples, examples }: CheckEvidence, places: readonly number[]): boolean {
  if (hasClasses(examples.task)) return new Set(places.map((place) => samples[place]!.label)).size > 1;
  const answers = places.map((place) => JSON.stringify([...(samples[place]!.target ?? [])]));
  return new Set(answers).size > 1;
}

function describeGroups(
  evidence: CheckEvidence,
  { pattern, groups, agreement }: NonNullable<CheckEvidence['nameGroups']>,
  names: readonly string[],
): NameGroupsReport {
  return {
    pattern,
    groups: groups.length,
    images: groups.reduce((sum, { places }) => sum + places.length, 0),
    agreement,
    leaks: groups.flatMap(({ key, places }) =>
      setsOf(evidence, places).length > 1 ? { key, files: places.map((place) => names[place]!) } : [],
    ),
  };
}

function describeClasses({ examples, samples, sets, assessment }: CheckEvidence): CheckedClass[] {
  if (!hasClasses(examples.task)) return [];
  return examples.classNames.map((className, label): CheckedClass => {
    const bySet: Record<string, number> = {};
    let images = 0;
    samples.forEach((sample, place) => {
      if (sample.label !== label) return;
      bySet[sets[place]!] = (bySet[sets[place]!] ?? 0) + 1;
      images++;
    });
    const predicted = assessment?.confusion[label];
    const total = predicted?.reduce((sum, count) => sum + count, 0) ?? 0;
    return {
      className,
      images,
      sets: bySet,
      recall: total === 0 ? null : predicted![label]! / total,
      confusedWith: (total === 0 ? [] : predicted!)
        .flatMap((count, other) =>
          other !== label && count >= CONFUSED * total
            ? { className: examples.classNames[other]!, images: count }
            : [],
        )
        .sort((a, b) => b.images - a.images),
    };
  });
}

function curveOf({ assessment }: CheckEvidence): CheckReport['learningCurve'] {
  if (assessment === undefined) return null;
  const { points, doubled } = assessment.curve;
  return {
    points: points.map(({ examples: images, ...point }) => ({ ...point, images })),
    doubled: doubled && { images: doubled.examples, accuracy: doubled.accuracy, interval: doubled.interval },
  };
}

function warningsOf(evidence: CheckEvidence, names: readonly string[]): CheckWarning[] {
  const { examples, skipped, looks, shown } = evidence;
  const noun = examples.modality;
  const warnings: CheckWarning[] = examples.warnings.map((text) => ({ kind: 'data' as const, text }));
  if (skipped.length > 0) {
    // A text is left out where it says nothing.
    const empty = `${formatCount(skipped.length, 'text')} ${skipped.length === 1 ? 'is' : 'are'} empty.`;
    warnings.push({
      kind: 'unreadable',
      text: noun === 'text' ? empty : `${formatCount(skipped.length, 'file')} cannot be read.`,
      files: skipped.map(({ file }) => shown(file)),
    });
  }
  const byFault = new Map<ImageFault, string[]>();
  looks.forEach((look, place) => {
    for (const fault of look === undefined ? [] : findFaults(look)) {
      byFault.set(fault, [...(byFault.get(fault) ?? []), names[place]!]);
    }
  });
  for (const fault of Object.keys(IMAGE_FAULTS) as ImageFault[]) {
    const files = byFault.get(fault);
    if (files === undefined) continue;
    const verb = files.length === 1 ? 'is' : 'are';
    warnings.push({
      kind: fault,
      text: `${formatCount(files.length, noun)} ${verb} ${IMAGE_FAULTS[fault]}.`,
      files,
    });
  }
  return [...warnings, ...classWarnings(evidence)];
}

function classWarnings(evidence: CheckEvidence): CheckWarning[] {
  const { examples, samples, assessment } = evidence;
  const { classNames, modality } = examples;
  const noun = `${modality}s`;
  if (!hasClasses(examples.task)) return [];
  if (classNames.length < 2) {
    const received = classNames.length === 0 ? 'no class' : `one class (${quoteList(classNames)})`;
    return [{ kind: 'few', text: `There is ${received}: labels cannot be checked.` }];
  }
  const counts = new Array<number>(classNames.length).fill(0);
  for (const { label } of samples) counts[label]!++;
  const warnings: CheckWarning[] = classBalanceProblems(classNames, counts, noun);
  if (assessment === undefined) {
    warnings.push({ kind: 'few', text: `There are too few ${noun} to check their labels.` });
    return warnings;
  }
  if (assessment.leftOut.length > 0) {
    const left = assessment.leftOut.map((label) => classNames[label]!);
    warnings.push({ kind: 'few', text: `Labels of ${quoteList(left)} cannot be checked: they are too few.` });
  }
  for (const [a, b] of confusedPairs(assessment.confusion)) {
    warnings.push({
      kind: 'confused',
      text: `"${classNames[a]}" and "${classNames[b]}" cannot be told apart by these features: try a stronger --backbone, or one class for both.`,
    });
  }
  return warnings;
}

/** Pairs of classes among whose examples a head does no better than by taking the more frequent one. */
function confusedPairs(confusion: readonly (readonly number[])[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < confusion.length; a++) {
    for (let b = a + 1; b < confusion.length; b++) {
      const [aa, ab, ba, bb] = [confusion[a]![a]!, confusion[a]![b]!, confusion[b]![a]!, confusion[b]![b]!];
      const all = aa + ab + ba + bb;
      if (all === 0 || ab + ba === 0) continue;
      const [low] = wilsonInterval(aa + bb, all);
      if (low <= Math.max(aa + ab, ba + bb) / all) pairs.push([a, b]);
    }
  }
  return pairs;
}
