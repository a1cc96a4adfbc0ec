/** @file How many numbers of a model file are weights. */

import type { Graph } from '../core/graph/graph.ts';
import { computeSize } from '../core/tensor/tensor.ts';
import { GALLERY_CONSTANT } from '../runs/confidence/gallery.ts';

/**
 * Numbers of a model's constants, in float32; without the features of training examples, by which it knows what is unknown, and without
 * single numbers, such as a temperature: they belong to operators.
 */
export function countWeights({ constants }: Pick<Graph, 'constants'>): number {
  let sum = 0;
  for (const [name, { dtype, shape }] of constants) {
    if (dtype === 'float32' && shape.length > 0 && name !== GALLERY_CONSTANT) sum += computeSize(shape);
  }
  return sum;
}
