/** @file What comes out of a model file, by what the model tells. */

import { type Task, taskNamed } from '../recipe/task.ts';
import type { ImageGraphOptions } from '../vision/preprocessing/image-graph.ts';

/**
 * What a model file's output means, and what it is called: `probabilities` of classes (of both, where one sigmoid
 * tells two apart) or of labels; `predictions` of a regression.
 */
export function findOutput(task: Task): Pick<ImageGraphOptions, 'output'> & { readonly outputName: string } {
  const { kind, name } = taskNamed(task).output;
  return { output: kind, outputName: name };
}

/** A second output: the cosine of an example to the k-th nearest training example of those that the file keeps, `[N, 1]`. */
export const SIMILARITY_OUTPUT = 'similarity';
