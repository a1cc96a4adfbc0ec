/** @file What the data of a training are, as an event and its notes. */

import type { DataEvent, DataSet } from '../events/training-event.ts';
import { findDuplicates } from '../node/training/duplicate-report.ts';
import type { FoldSets } from '../node/training/fold-sets.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import { DEFAULT_TASK, type Task } from '../recipe/task.ts';
import type { EventListener } from './run-event.ts';

/** Tells of the data, and of what is odd about them. */
export function tellData(data: string, sets: ImageSets<Task> | FoldSets, emit: EventListener): void {
  emit(dataEvent(data, sets));
  for (const text of sets.warnings) emit({ type: 'note', text });
}

function dataEvent(data: string, sets: ImageSets<Task> | FoldSets): DataEvent {
  return {
    type: 'data',
    data,
    modality: ('modality' in sets ? sets.modality : undefined) ?? 'image',
    task: 'task' in sets ? sets.task : DEFAULT_TASK,
    classNames: sets.classNames,
    sets: 'folds' in sets ? setsOfFolds(sets) : setsOfSplit(sets),
    duplicates: findDuplicates(sets),
  };
}

function setsOfSplit({ train, validation, test, ...about }: ImageSets<Task>): DataSet[] {
  const { validationSource: source, isSplit = false } = about;
  return [
    { set: 'train', examples: train.length },
    { set: 'validation', examples: validation.length, source, isSplit },
    ...testSet(test),
  ];
}

function setsOfFolds({ pool, folds, test }: FoldSets): DataSet[] {
  return [{ set: 'pool', examples: pool.length, folds: folds.length, isSplit: true }, ...testSet(test)];
}

function testSet(test: readonly unknown[] | undefined): DataSet[] {
  return test === undefined ? [] : [{ set: 'test', examples: test.length }];
}
