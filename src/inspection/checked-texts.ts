/** @file Texts that are to be checked, from wherever. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { SkippedFile } from '../core/examples/sample.ts';
import type { Task } from '../recipe/task.ts';
import type { TextSample } from '../runs/divide-texts.ts';
import type { CheckedExamples } from './checked-examples.ts';

/** What was read of a table or a folder. */
export interface ReadLabels {
  /** For messages: `text file "reviews.csv"`. */
  readonly where: string;
  readonly task: Task;
  readonly names: readonly string[];
  readonly samples: readonly TextSample[];
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
}

/** @throws {GraftError} `dataset`, without any text. */
export function checkedTexts({ names, ...read }: ReadLabels): CheckedExamples<TextSample> {
  const { where, task, samples, skipped, warnings } = read;
  if (samples.length > 0) {
    const sets = samples.map(() => 'all' as const);
    return { modality: 'text', where, task, classNames: names, samples, sets, skipped, warnings };
  }
  throw new GraftError('dataset', {
    where,
    expected: 'at least 1 text',
    received: 'none',
    advice: 'Check the column of the texts (--text).',
  });
}
