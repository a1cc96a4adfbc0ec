/** @file What is known of examples, as the rows of a table that is a plan. */

import { findOutliers } from '../core/inspection/outliers.ts';
import type { CheckEvidence } from '../inspection/check-evidence.ts';
import { allGroups, differInLabel } from '../inspection/check-findings.ts';
import type { PlanRow } from '../node/inspection/check-plan.ts';
import { hasClasses } from '../recipe/task.ts';
import { findFaults } from '../vision/inspection/image-faults.ts';

/** Which part is kept of a group that lies in several: the one that fewer decisions look at. */
const KEPT_FIRST: readonly string[] = ['test', 'validation', 'train', 'all'];

/** A row for each finding. @param canMove - Whether files can be moved aside: texts are lines of one. */
export function plannedRows(evidence: CheckEvidence, canMove: boolean): PlanRow[] {
  const rows = rowsOf(evidence);
  return canMove ? rows : rows.map((row) => ({ ...row, action: 'keep' }));
}

function rowsOf(evidence: CheckEvidence): PlanRow[] {
  const { examples, samples, sets, sha256, exact, looks, assessment, skipped, neighbors, shown } = evidence;
  const names = samples.map(({ file }) => shown(file));
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
  allGroups(evidence).forEach((group, index) => {
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
  for (const { row, score } of findOutliers(neighbors))
    rows.push({ action: 'keep', reason: 'outlier', ...base(row), score });
  looks.forEach((look, place) => {
    for (const fault of look === undefined ? [] : findFaults(look)) {
      rows.push({ action: fault === 'blank' ? 'quarantine' : 'keep', reason: fault, ...base(place) });
    }
  });
  for (const { file, reason } of skipped) {
    rows.push({
      action: 'quarantine',
      reason: `unreadable: ${reason}`,
      file: shown(file),
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
