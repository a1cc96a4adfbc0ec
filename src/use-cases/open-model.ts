/** @file A model file that is open for one piece of work. */

import { isTextModel, type TextModelFile } from '../artifacts/decode-model-file.ts';
import { type AnyModelInfo, isTextInfo } from '../artifacts/model-info.ts';
import type { TestTimeAugmentation } from '../artifacts/test-time-augmentation.ts';
import type { TextClassifier } from '../artifacts/text-classifier.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { Classifier } from '../node/artifacts/classifier.ts';
import { readAnyModelFile } from '../node/files/model-file.ts';
import type { Task } from '../recipe/task.ts';

/** A model in use, of images or of texts. */
export type AnyClassifier = Classifier<Task> | TextClassifier;

/** The file of a model, of images or of texts. */
export type AnyModelFile = AnyClassifier['file'];

/** A model by what it says of itself: who needs more reads its file, or opens it. */
export interface ModelInUse {
  readonly info: AnyModelInfo;
  /** Reads it the first time. */
  file(): Promise<AnyModelFile>;
  /** Opens it the first time; it is disposed of when the work is done. */
  open(): Promise<AnyClassifier>;
}

export function isOfTexts(classifier: AnyClassifier): classifier is TextClassifier {
  return isTextModel(classifier.file);
}

export interface OpenModelOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of a model of images: what is averaged, see `Classifier.open`. Default nothing. */
  readonly tta?: TestTimeAugmentation | undefined;
}

export interface UseModelOptions extends OpenModelOptions {
  /** What the model says of itself, for who has just written it. Default: it is read. */
  readonly info?: AnyModelInfo | undefined;
}

/**
 * Opens a model file, of any task, and disposes of it when the work is done.
 *
 * @throws {GraftError} `file-not-found`, `model-file`; `argument`, if `tta` is asked of a model of texts; `interrupted`, if the work
 *   fails and the signal has aborted.
 */
export function openModel<R>(
  path: string,
  { signal, tta }: OpenModelOptions,
  work: (classifier: AnyClassifier) => Promise<R>,
): Promise<R> {
  return useModel(path, { signal, tta }, async (model) => work(await model.open()));
}

/**
 * The same for work that may not need the model itself.
 *
 * @throws {GraftError} As {@link openModel}.
 */
export async function useModel<R>(
  path: string,
  { signal, tta, info: known }: UseModelOptions,
  work: (model: ModelInUse) => Promise<R>,
): Promise<R> {
  let read: Promise<AnyModelFile> | undefined;
  const readFile = (): Promise<AnyModelFile> => {
    read ??= readAnyModelFile(path);
    return read;
  };
  let opened: Promise<AnyClassifier> | undefined;
  const openFile = async (): Promise<AnyClassifier> => {
    const file = await readFile();
    return isTextModel(file) ? ofTexts(file, tta) : Classifier.of<Task>(file, { tta });
  };
  const open = (): Promise<AnyClassifier> => {
    opened ??= openFile();
    return opened;
  };
  const info = known ?? (await readFile()).info;
  try {
    return await work({ info, file: readFile, open });
  } catch (error) {
    if (!signal?.aborted) throw error;
    if (error instanceof GraftError && error.code === 'interrupted') throw error;
    throw interrupted(path, isTextInfo(info) ? 'texts' : 'images', error);
  } finally {
    const classifier = await opened?.catch(() => undefined);
    await classifier?.dispose();
  }
}

/** What a text needs is loaded for texts alone. */
async function ofTexts(file: TextModelFile, tta: TestTimeAugmentation | undefined): Promise<TextClassifier> {
  if (tta !== undefined) {
    throw new GraftError('argument', {
      where: `model "${file.path}"`,
      expected: 'a model of images, for --tta',
      received: 'one of texts',
      advice: 'Leave it out.',
    });
  }
  const { TextClassifier: OfTexts } = await import('./text-work.ts');
  return OfTexts.of(file);
}

function interrupted(path: string, examples: string, cause: unknown): GraftError {
  return new GraftError(
    'interrupted',
    {
      where: `model "${path}"`,
      expected: `to reach the end of the ${examples}`,
      received: 'a request to stop',
      advice: 'Stopped before the end: there is no result.',
    },
    { cause },
  );
}
