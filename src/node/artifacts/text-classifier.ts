/** @file A trained classifier of texts, from its file on this machine. */

import { TextClassifier, type TextClassifierLoadOptions } from '../../artifacts/text-classifier.ts';
import { readAnyModelFile } from '../files/model-file.ts';

/**
 * Opens the model file of a classifier of texts.
 *
 * @throws {GraftError} `file-not-found`; `model-file`, also if it is of images.
 */
export async function openTextClassifier(
  path: string,
  options: Omit<TextClassifierLoadOptions, 'name'> = {},
): Promise<TextClassifier> {
  return TextClassifier.of(await readAnyModelFile(path), options);
}
