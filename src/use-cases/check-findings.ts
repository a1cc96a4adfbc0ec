/** @file What is known of examples, as a report, and as a table that is a plan. */

import { formatCount, quoteList } from '../core/errors/name-list.ts';
import { wilsonInterval } from '../core/evaluation/wilson-interval.ts';
import { findOutliers } from '../core/inspection/outliers.ts';
import type { PlanRow } from '../node/inspection/check-plan.ts';
import { hasClasses } from '../recipe/task.ts';
import { findFaults, IMAGE_FAULTS, type ImageFault } from '../vision/inspection/image-faults.ts';
import { type CheckEvidence, shownFile } from './check-evidence.ts';
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

/** The report, and the rows of the plan. */
export function checkFindings(evidence: CheckEvidence): {
  readonly report: CheckReport;
  readonly rows: readonly PlanRow[];
} {
  const { examples, samples, exact, near, neighbors, assessment, nameGroups } = evidence;
  const names = samples.map(({ file }) => shownFile(file, examples.root));
  const filesOf = (places: readonly number[]): string[] => places.map((place) => names[place]!);
  const grouped = groupsOfAll(exact, near);
  const labelErrors = (assessment?.issues ?? []).map(
    ({ row, suggested, score }): LabelError => ({
      file: names[row]!,
      given: examples.classNames[samples[row]!.label]!,
      suggested: examples.classNames[suggested]!,
      score,
    }),
  );
  const outliers = findOutliers(neighbors);
  const report: CheckReport = {
    images: samples.length,
    duplicates: [
      ...exact.map((group) => ({ kind: 'exact' as const, files: filesOf(group) })),
      ...near.map((group) => ({ kind: 'near' as const, files: filesOf(group) })),
    ],
    leaks: grouped.flatMap((group) => [
      ...(setsOf(evidence, group).length > 1 ? [{ kind: 'split' as const, files: filesOf(group) }] : []),
      ...(differInLabel(evidence, group) ? [{ kind: 'label' as const, files: filesOf(group) }] : []),
    ]),
    labelErrors,
    outliers: outliers.map(({ row, score }) => ({ file: names[row]!, score })),
    groups: nameGroups === undefined ? null : describeGroups(evidence, nameGroups, names),
    classes: describeClasses(evidence),
    learningCurve: curveOf(evidence),
    warnings: warningsOf(evidence, names),
  };
  const rows = rowsOf(evidence, { names, grouped, outliers });
  // Texts are lines of a file, which cannot be moved aside.
  if (examples.root === undefined) return { report, rows: rows.map((row) => ({ ...row, action: 'keep' })) };
  return { report, rows };
}

/** Every group once: near ones have the exact ones in them. */
function groupsOfAll(exact: CheckEvidence['exact'], near: CheckEvidence['near']): (readonly number[])[] {
  const inNear = new Set(near.flat());
  return [...near, ...exact.filter(([first]) => !inNear.has(first!))].sort((a, b) => a[0]! - b[0]!);
}

function setsOf({ sets }: CheckEvidence, places: readonly number[]): string[] {
  return [...new Set(places.map((place) => sets[place]!))];
}

function differInLabel({ samples, examples }: CheckEvidence, places: readonly number[]): boolean {
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
  const { examples, skipped, looks } = evidence;
  const noun = examples.modality;
  const warnings: CheckWarning[] = examples.warnings.map((text) => ({ kind: 'data' as const, text }));
  if (skipped.length > 0) {
    warnings.push({
      kind: 'unreadable',
      text: `${formatCount(skipped.length, noun === 'image' ? 'file' : 'text')} cannot be read.`,
      files: skipped.map(({ file }) => shownFile(file, examples.root)),
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

/** Which part is kept of a group that lies in several: the one that fewer decisions look at. */
const KEPT_FIRST: readonly string[] = ['test', 'validation', 'train', 'all'];

function rowsOf(
  evidence: CheckEvidence,
  about: {
    readonly names: readonly string[];
    readonly grouped: readonly (readonly number[])[];
    readonly outliers: readonly { readonly row: number; readonly score: number }[];
  },
): PlanRow[] {
  const { examples, samples, sets, sha256, exact, looks, assessment, skipped } = evidence;
  const { names, grouped, outliers } = about;
  const base = (place: number) => ({
    file: names[place]!,
    set: sets[place]!,
    label: hasClasses(examples.task) ? (examples.classNames[samples[place]!.label] ?? '') : '',
    sha256: sha256[place]!,
  });
  const exactOf = new Map<number, number>();
  exact.forEach((group, index) => {
    for (const place of group) exactOf.set(place, index);
  });
  const rows: PlanRow[] = [];
  grouped.forEach((group, index) => {
    const differ = differInLabel(evidence, group);
    const kept = group.toSorted(
      (a, b) =>
        KEPT_FIRST.indexOf(sets[a]!) - KEPT_FIRST.indexOf(sets[b]!) ||
        pixelsOf(looks[b]) - pixelsOf(looks[a]) ||
        a - b,
    )[0]!;
    for (const place of group) {
      const isExact = exactOf.has(place) && exactOf.get(place) === exactOf.get(kept);
      const isLeak = sets[place] !== sets[kept];
      // What a person has to look at stays: which of two labels is right, and frames that are alike on purpose.
      const goes = place !== kept && !differ && (isExact || isLeak);
      rows.push({
        action: goes ? 'quarantine' : 'keep',
        reason: `${isExact ? 'exact' : 'near'} duplicate${differ ? ', labels differ' : ''}${isLeak ? ', leak' : ''}`,
        ...base(place),
        group: index + 1,
      });
    }
  });
  for (const { row, suggested, score } of assessment?.issues ?? []) {
    const suggestion = examples.classNames[suggested]!;
    rows.push({ action: 'quarantine', reason: 'label error', ...base(row), suggested: suggestion, score });
  }
  for (const { row, score } of outliers)
    rows.push({ action: 'keep', reason: 'outlier', ...base(row), score });
  looks.forEach((look, place) => {
    for (const fault of look === undefined ? [] : findFaults(look)) {
      rows.push({ action: fault === 'blank' ? 'quarantine' : 'keep', reason: fault, ...base(place) });
    }
  });
  for (const { file, reason } of skipped) {
    const shown = shownFile(file, examples.root);
    rows.push({
      action: 'quarantine',
      reason: `unreadable: ${reason}`,
      file: shown,
      set: '',
      label: '',
      sha256: '',
    });
  }
  return rows;
}

function pixelsOf(look: CheckEvidence['looks'][number]): number {
  return look === undefined ? 0 : look.width * look.height;
}
