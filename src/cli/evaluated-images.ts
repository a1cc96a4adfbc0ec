/** @file The images that `graft evaluate` evaluates a model by, from a folder or a CSV file. */

import type { Classifier } from '../artifacts/classifier.ts';
import { type PartName, scanEvaluatedFolder } from '../data/evaluated-folder.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import { GraftError } from '../errors/graft-error.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { isLabelFile, readCsvLabels } from '../runs/csv-image-sets.ts';
import { type CsvFlags, csvOptionsFor } from './csv-flags.ts';

export interface EvaluatedFlags extends CsvFlags {
  readonly split?: (typeof SPLITS)[number];
}

/** The parts of a data set, as folders and people call them. */
export const SPLITS = ['train', 'val', 'test'] as const;

export interface EvaluatedImages {
  /** For messages. */
  readonly where: string;
  /** `test`, `validation`, `train`; `all` where there are no parts. */
  readonly split: PartName | 'all';
  /** What was taken, for people. */
  readonly said: string;
  /** In the model's order. */
  readonly samples: readonly Sample[];
  /** Files that were left out. */
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
}

/** @throws {GraftError} As `scanEvaluatedFolder` and `readCsvLabels`; `argument`, if flags do not fit what is given. */
export async function evaluatedImages(
  { classes: names, task }: Pick<Classifier, 'classes' | 'task'>,
  dir: string,
  flags: EvaluatedFlags,
): Promise<EvaluatedImages> {
  const options = csvOptionsFor(dir, flags);
  if (isLabelFile(dir)) {
    if (flags.split !== undefined) throw splitOfCsv(dir, flags.split);
    const { where, samples, skipped, warnings } = await readCsvLabels(dir, { task, names }, options);
    return { where, split: 'all', said: `all images of ${dir}`, samples, skipped, warnings };
  }
  const where = `image folder "${dir}"`;
  const { targets, words } = taskNamed<Task>(task);
  if (targets !== 'class') {
    throw new GraftError('dataset', {
      where,
      expected: `a CSV file of images and their ${words.several}, which the model tells`,
      received: 'a folder',
      advice: 'Give a CSV file with the columns that the model was trained on.',
    });
  }
  const {
    samples,
    skipped,
    warnings,
    part,
    names: parts,
  } = await scanEvaluatedFolder(dir, names, partOf(flags.split));
  const others = Object.entries(parts).flatMap(([name, folder]) => (name === part ? [] : `"${folder}"`));
  const beside = others.length === 0 ? '' : `, not ${others.join(' and ')} (--split)`;
  const said =
    part === undefined
      ? `all images of ${dir}, which has no test/ or val/`
      : `the folder "${parts[part]}" of ${dir}${beside}`;
  return { where, split: part ?? 'all', said, samples, skipped, warnings };
}

function partOf(split: EvaluatedFlags['split']): PartName | undefined {
  return split === 'val' ? 'validation' : split;
}

function splitOfCsv(file: string, split: string): GraftError {
  return new GraftError('argument', {
    where: `label file "${file}"`,
    expected: `a folder with train/, val/ and test/, for --split ${split}`,
    received: 'a CSV file',
    advice: 'Leave out --split, or give the CSV file of that part.',
  });
}
