/** @file A model file that is open for one piece of work. */

import { GraftError } from '../core/errors/graft-error.ts';
import { Classifier } from '../node/artifacts/classifier.ts';
import type { Task } from '../recipe/task.ts';

/**
 * Opens a model file, of any task, and disposes of it when the work is done.
 *
 * @throws {GraftError} `file-not-found`, `model-file`; `interrupted`, if the work fails and the signal has aborted.
 */
export async function openModel<R>(
  path: string,
  signal: AbortSignal | undefined,
  work: (classifier: Classifier<Task>) => Promise<R>,
): Promise<R> {
  const classifier: Classifier<Task> = await Classifier.open<Task>(path);
  try {
    return await work(classifier);
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw error instanceof GraftError && error.code === 'interrupted' ? error : interrupted(path, error);
  } finally {
    await classifier.dispose();
  }
}

function interrupted(path: string, cause: unknown): GraftError {
  return new GraftError(
    'interrupted',
    {
      where: `model "${path}"`,
      expected: 'to reach the end of the images',
      received: 'a request to stop',
      advice: 'Stopped before the end: there is no result.',
    },
    { cause },
  );
}
