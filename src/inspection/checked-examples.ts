/** @file Examples that are to be checked, of whatever kind and from wherever. */

import type { Sample, SkippedFile } from '../core/examples/sample.ts';
import type { DataEvent } from '../events/training-event.ts';
import type { Task } from '../recipe/task.ts';
import { reportDuplicates } from '../runs/duplicate-report.ts';

/** A part of a data set. `all` where it has none. */
export type CheckedSet = 'train' | 'validation' | 'test' | 'all';

/** What is checked. */
export interface CheckedExamples<S extends Sample = Sample> {
  readonly modality: 'image' | 'text';
  /** For messages: `image folder "photos"`. */
  readonly where: string;
  readonly task: Task;
  /** In natural order; none where images lie in no folder of a class. */
  readonly classNames: readonly string[];
  /** Of all parts, one after another. */
  readonly samples: readonly S[];
  /** `[samples]`: the part that each is of. */
  readonly sets: readonly CheckedSet[];
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
}

/** What is told of them before anything is computed. @param data - What they are called. */
export function checkedData(data: string, { modality, task, classNames, sets }: CheckedExamples): DataEvent {
  const counts = new Map<CheckedSet, number>();
  for (const set of sets) counts.set(set, (counts.get(set) ?? 0) + 1);
  return {
    type: 'data',
    data,
    modality,
    task,
    classNames,
    sets: [...counts].map(([set, count]) =>
      set === 'all'
        ? { set, examples: count, source: `all ${modality}s of ${data}` }
        : { set, examples: count },
    ),
    duplicates: reportDuplicates([], [], classNames),
  };
}
