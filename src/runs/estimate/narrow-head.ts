/** @file A narrower head that trains like a large one, only faster. */

import type { DenseHead, DenseHeadLayer } from '../../core/steps/dense-step.ts';

/** A head with more weights is measured as a narrower one: what is in no cache any more scales with its size. */
const MAX_WEIGHTS = 2 ** 22;

/** The same head with fewer units in its hidden layers, until it has at most `most` weights, as far as that goes. */
export function narrowed(head: DenseHead, max: number = MAX_WEIGHTS): DenseHead {
  let fraction = 1;
  let narrow = head;
  while (weightsOf(narrow) > max && fraction > 1e-4) {
    fraction *= 0.75;
    narrow = { ...head, layers: narrowedLayers(head, fraction) };
  }
  return narrow;
}

function narrowedLayers(head: DenseHead, fraction: number): DenseHeadLayer[] {
  let inputs = head.inputs;
  return head.layers.map((layer, index) => {
    const isLast = index === head.layers.length - 1;
    const units = isLast ? layer.units : Math.max(1, Math.round(layer.units * fraction));
    const narrow = {
      ...layer,
      units,
      kernel: layer.kernel.subarray(0, inputs * units),
      ...(layer.bias && { bias: layer.bias.subarray(0, units) }),
    };
    inputs = units;
    return narrow;
  });
}

/** Weights and biases, counted as if every layer had them. */
export function weightsOf({ inputs, layers }: DenseHead): number {
  let width = inputs;
  let weights = 0;
  for (const { units } of layers) {
    weights += (width + 1) * units;
    width = units;
  }
  return weights;
}
