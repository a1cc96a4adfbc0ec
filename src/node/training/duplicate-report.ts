/** @file Which images of a training are copies of others, and where that misleads. */

import type { Task } from '../../recipe/task.ts';
import {
  type DuplicateReport,
  describeDuplicate,
  memberAt,
  type NamedImages,
  type NearDuplicateReport,
  type NearPair,
  reportDuplicates,
} from '../../runs/duplicate-report.ts';
import type { NearDuplicate } from '../../text/modality/near-duplicates.ts';
import { IdenticalImages } from '../images/identical-images.ts';
import type { FoldSets } from './fold-sets.ts';
import type { ImageSets } from './image-sets.ts';

export {
  type DuplicateGroup,
  type DuplicateReport,
  reportDuplicates,
  type SetDuplicates,
} from '../../runs/duplicate-report.ts';

/** The copies among a training's images; nothing where none were looked for. */
export function findDuplicates(images: ImageSets<Task> | FoldSets): DuplicateReport {
  const sets =
    'folds' in images
      ? { train: images.pool, test: images.test }
      : { train: images.train, validation: images.validation, test: images.test };
  const named = Object.entries(sets).flatMap(([set, samples]) => (samples ? { set, samples } : []));
  const report = reportDuplicates(
    images.known?.identical ?? new IdenticalImages([]),
    named,
    images.classNames,
  );
  const near = images.known?.near;
  return near === undefined ? report : { ...report, near: reportNear(near, named) };
}

function reportNear(near: readonly NearDuplicate[], sets: readonly NamedImages[]): NearDuplicateReport {
  const hasFolds = sets.length === 1;
  const pairs = near.flatMap(({ position, of, similarity }): NearPair[] => {
    const [one, other] = [memberAt(sets, position), memberAt(sets, of)];
    // What is trained on is told of as the other one.
    if (!hasFolds && one.set === 0) return [];
    const { file, set } = describeDuplicate(one, sets, []);
    const { file: otherFile, set: otherSet } = describeDuplicate(other, sets, []);
    return [{ file, set, of: { file: otherFile, set: otherSet }, similarity }];
  });
  const told = hasFolds ? sets : sets.slice(1);
  return {
    sets: told.map(({ set }) => ({ set, examples: pairs.filter((pair) => pair.set === set).length })),
    pairs,
  };
}
