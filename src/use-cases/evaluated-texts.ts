/** @file The texts that a model is evaluated on, what is known of them, and what the model makes of them. */

import type { TextClassifier } from '../artifacts/text-classifier.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { type ContentHashes, emptyHashes, HASH_BYTES, isHashed } from '../core/examples/content-hashes.ts';
import { platform } from '../core/runtime/platform.ts';
import type { IdenticalImages } from '../node/images/identical-images.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { identicalTexts, readLabeledTexts, type TextSample } from '../node/training/text-sets.ts';
import type { EvaluatedExamples, SplitName } from './evaluated-images.ts';

/** @throws {GraftError} As `readLabeledTexts`; `argument`, if a part is asked for, which texts have none of. */
export async function evaluatedTexts(
  { classNames, task }: Pick<TextClassifier, 'classNames' | 'task'>,
  data: string,
  { split, csv = {} }: { readonly split?: SplitName | undefined; readonly csv?: CsvOptions | undefined },
): Promise<EvaluatedExamples<TextSample>> {
  if (split !== undefined) throw splitOfTexts(data, split);
  const { where, samples, skipped, warnings } = await readLabeledTexts(data, {
    ...csv,
    task,
    labels: classNames,
  });
  return { where, split: 'all', source: `all texts of ${data}`, samples, skipped, warnings };
}

/** Hashes of texts, by which a model's file knows those that it was trained on, and texts that are the same. */
export function knownTexts(samples: readonly TextSample[]): {
  readonly hashes: ContentHashes;
  readonly identical: IdenticalImages;
} {
  return { hashes: hashTexts(samples), identical: identicalTexts(samples) };
}

/** Hashes those texts that are not hashed yet. */
export function hashTexts(
  samples: readonly TextSample[],
  known: ContentHashes = emptyHashes(samples.length),
): ContentHashes {
  samples.forEach(({ text }, index) => {
    if (isHashed(known.hashes, index)) return;
    known.hashes.set(platform.sha256().update(text).bytes(), index * HASH_BYTES);
  });
  return known;
}

function splitOfTexts(data: string, split: string): GraftError {
  return new GraftError('argument', {
    where: `text file "${data}"`,
    expected: `a folder of images with train/, val/ and test/, for --split ${split}`,
    received: 'texts',
    advice: 'Leave out --split, or give the table of that part.',
  });
}
