/** @file Which images of a training are copies of others, and where that misleads. */

import type { Task } from '../../recipe/task.ts';
import { type DuplicateReport, reportDuplicates, reportNearDuplicates } from '../../runs/duplicate-report.ts';
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
  return near === undefined ? report : { ...report, near: reportNearDuplicates(near, named) };
}
