/** @file What comes out of a model file, by what the model tells. */

import { type Task, taskNamed } from '../recipe/task.ts';
import type { ImageGraphOptions } from '../vision/preprocessing/image-graph.ts';

/**
 * What a model file's output means, and what it is called: `probabilities` of classes (of both, where one sigmoid
 * tells two apart) or of labels; `numbers`.
 */
export function outputOf(task: Task): Pick<ImageGraphOptions, 'output'> & { readonly outputName: string } {
  const { kind, name } = taskNamed(task).output;
  return { output: kind, outputName: name };
}
