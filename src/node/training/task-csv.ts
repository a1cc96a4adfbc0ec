/** @file A CSV file of images and their ground truth, read for a task or telling one. */

import { type Task, taskFor, taskNamed } from '../../recipe/task.ts';
import { type LabelCsv, type LabelCsvOptions, readLabelCsv } from '../labels/label-csv.ts';

/** How a CSV file is read, and for which task. */
export interface TaskCsvOptions extends Omit<LabelCsvOptions, 'kind'> {
  /** What is to be learned. Default: what the columns hold; see `readLabelCsv`. */
  readonly task?: Task | undefined;
}

/** What a CSV file says of its images, and for which task. */
export interface TaskCsv extends Omit<LabelCsv, 'kind'> {
  readonly task: Task;
}

/**
 * Reads a table with a line of column names, one column of file names, and the ground truth, as `readLabelCsv` tells.
 *
 * @param file - Path of the CSV file.
 * @throws {GraftError} As `readLabelCsv`.
 */
export async function readTaskCsv(file: string, options: TaskCsvOptions = {}): Promise<TaskCsv> {
  const { task, ...others } = options;
  const { kind, ...csv } = await readLabelCsv(file, { ...others, kind: task && taskNamed(task).targets });
  return { task: taskFor(kind), ...csv };
}
