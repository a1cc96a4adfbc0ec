/** @file What comes out of a model file, by what the model tells. */

import type { ImageGraphOptions } from '../models/image-graph.ts';
import type { Task } from '../recipe/task.ts';

/**
 * What a model file's output means, and what it is called: `probabilities` of classes (of both, where one sigmoid
 * tells two apart) or of labels; `numbers`.
 */
export function outputOf(task: Task): Pick<ImageGraphOptions, 'output'> & { readonly outputName: string } {
  if (task === 'single-label') return { output: 'probabilities', outputName: 'probabilities' };
  return { output: 'features', outputName: task === 'multi-label' ? 'probabilities' : 'numbers' };
}
