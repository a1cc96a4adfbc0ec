/** @file What a check takes, and its data from files. */

import { relative, sep } from 'node:path';
import type { Sample } from '../core/examples/sample.ts';
import { checkedData } from '../inspection/checked-examples.ts';
import type { FileExamples } from '../node/inspection/gather-checked.ts';
import { type CheckedPart, joinChecked } from '../node/inspection/join-checked.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';
import type { RunCache } from './feature-cache.ts';
import type { FeatureOptions } from './use-case-options.ts';

/** What `checkDataset` takes beside the data. */
export interface CheckOptions extends FeatureOptions {
  /** The network whose features are compared. Default: that of a recipe, or of texts. */
  readonly backbone?: string | undefined;
  /** As in a recipe. Default: the network's own. */
  readonly weights?: string | undefined;
  /** Pixels of the images' sides, as in a recipe. Default: the network's own. */
  readonly sizePx?: number | undefined;
  /** What becomes of images that are not square, as in a recipe. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
  /** Further data that validate, where they are not in `data`. */
  readonly validation?: string | undefined;
  /** Further data that test. */
  readonly test?: string | undefined;
  /** How a CSV file in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
  /** Of folds, parts and resampling, any integer. Default 0. */
  readonly seed?: number | undefined;
  /** Where what was found is written to as a table, which is a plan for `applyCheckPlan`. Default: nowhere. */
  readonly plan?: string | undefined;
  /** Where what was found is written to as a page, with the images in it. Default: nowhere. */
  readonly html?: string | undefined;
}

/** The same with the cache opened. */
export interface OpenCheckOptions extends Omit<CheckOptions, 'cache'> {
  readonly cache: RunCache | undefined;
}

/** The data and further parts of them, as one, and told. @throws {GraftError} What `gather` throws; `dataset`, if parts differ in what they tell. */
export async function gatherParts<S extends Sample>(
  data: string,
  { validation, test, onEvent = () => {} }: Pick<CheckOptions, 'validation' | 'test' | 'onEvent'>,
  gather: (data: string) => Promise<FileExamples<S>>,
): Promise<FileExamples<S>> {
  const others: CheckedPart<S>[] = [];
  if (validation !== undefined) others.push({ set: 'validation', examples: await gather(validation) });
  if (test !== undefined) others.push({ set: 'test', examples: await gather(test) });
  const examples = joinChecked(await gather(data), others);
  onEvent(checkedData(data, examples));
  for (const text of examples.warnings) onEvent({ type: 'note', text });
  return examples;
}

/** A path as people know it: from the folder that is checked. */
export function shownFile(file: string, root: string | undefined): string {
  return root === undefined ? file : relative(root, file).split(sep).join('/');
}
