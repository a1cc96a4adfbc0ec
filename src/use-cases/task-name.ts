/** @file What a task is called where programs read it. */

import type { Task } from '../recipe/task.ts';

/** A task's name in events and reports. */
export type TaskName = 'classification' | 'multi-label' | 'regression';

const NAMES: { readonly [T in Task]: TaskName } = {
  'single-label': 'classification',
  'multi-label': 'multi-label',
  regression: 'regression',
};

/** The name of a task. */
export function taskName(task: Task): TaskName {
  return NAMES[task];
}
