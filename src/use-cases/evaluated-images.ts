/** @file The images that a model is evaluated on, from a folder, a CSV file or a program. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Sample, SkippedFile } from '../core/examples/sample.ts';
import type { Classifier } from '../node/artifacts/classifier.ts';
import { type PartName, scanEvaluatedFolder } from '../node/images/evaluated-folder.ts';
import { collectExamples, type Examples } from '../node/images/image-examples.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { isLabelFile, readCsvLabels } from '../node/training/csv-image-sets.ts';
import { type Task, taskNamed } from '../recipe/task.ts';

/** The parts of a data set, as folders and people call them. */
export const SPLITS = ['train', 'val', 'test'] as const;

export type SplitName = (typeof SPLITS)[number];

/** What data are called that a program gives. */
export const EXAMPLES = 'images in memory';

/** The examples that a model is evaluated on. @typeParam S - Images, where nothing else is said. */
export interface EvaluatedExamples<S extends Sample = Sample> {
  /** For messages. */
  readonly where: string;
  /** `test`, `validation`, `train`; `all` where there are no parts. */
  readonly split: PartName | 'all';
  /** What was taken, for people. */
  readonly source: string;
  /** In the model's order. */
  readonly samples: readonly S[];
  /** Files that were left out. */
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
}

export interface EvaluatedImagesOptions {
  /** Default: test if it is there, else val, else train. */
  readonly split?: SplitName | undefined;
  /** How a CSV file is read. */
  readonly csv?: CsvOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws {GraftError} As `scanEvaluatedFolder`, `readCsvLabels` and `collectExamples`; `argument`, if options do not fit what is given. */
export async function evaluatedImages(
  { classNames: names, task }: Pick<Classifier<Task>, 'classNames' | 'task'>,
  data: string | Examples,
  { split: asked, csv = {}, signal }: EvaluatedImagesOptions,
): Promise<EvaluatedExamples> {
  if (typeof data !== 'string') {
    if (asked !== undefined) throw splitOf('examples', 'images', asked);
    const { targets: kind } = taskNamed<Task>(task);
    const options = { what: 'image', kind, classNames: names, signal };
    const { where, samples } = await collectExamples(data, options);
    return { where, split: 'all', source: `all of ${EXAMPLES}`, samples, skipped: [], warnings: [] };
  }
  if (isLabelFile(data)) {
    if (asked !== undefined) throw splitOf('a CSV file', `label file "${data}"`, asked);
    const { where, samples, skipped, warnings } = await readCsvLabels(data, { task, names }, csv);
    return { where, split: 'all', source: `all images of ${data}`, samples, skipped, warnings };
  }
  const where = `image folder "${data}"`;
  const { targets, words } = taskNamed<Task>(task);
  if (targets !== 'class') {
    throw new GraftError('dataset', {
      where,
      expected: `a CSV file of images and their ${words.several}, which the model predicts`,
      received: 'a folder',
      advice: 'Give a CSV file with the columns that the model was trained on.',
    });
  }
  const scan = await scanEvaluatedFolder(data, names, asked === 'val' ? 'validation' : asked);
  const { samples, skipped, warnings, part, names: parts } = scan;
  const others = Object.entries(parts).flatMap(([name, folder]) => (name === part ? [] : `"${folder}"`));
  const beside = others.length === 0 ? '' : `, not ${others.join(' and ')} (--split)`;
  const source =
    part === undefined
      ? `all images of ${data}, which has no test/ or val/`
      : `the folder "${parts[part]}" of ${data}${beside}`;
  return { where, split: part ?? 'all', source, samples, skipped, warnings };
}

function splitOf(given: string, where: string, split: string): GraftError {
  return new GraftError('argument', {
    where,
    expected: `a folder with train/, val/ and test/, for --split ${split}`,
    received: given,
    advice: `Leave out --split, or give ${given === 'examples' ? 'those' : 'the CSV file'} of that part.`,
  });
}
