/** @file Recognizes a trained part that the dense step can train: a chain of Dense, activations and Dropout. */

import type { DenseActivation } from '../kernels/dense-memory.ts';
import { Activation } from '../layers/activation.ts';
import { Dense } from '../layers/dense.ts';
import { Dropout } from '../layers/dropout.ts';
import type { Layer } from '../layers/layer.ts';
import type { DenseHead, DenseHeadLayer } from './dense-step.ts';
import { isTrained, type TrainedPart } from './freeze-boundary.ts';

const HIDDEN_ACTIVATIONS: readonly string[] = [
  'linear',
  'relu',
  'sigmoid',
  'tanh',
] satisfies DenseActivation[];
const LAST_ACTIVATIONS: readonly string[] = ['linear', 'sigmoid', 'softmax'];

/** The chain as the dense step wants it; undefined where the trained part is anything else. */
export function findDenseHead({ boundary, layers, tensors }: TrainedPart): DenseHead | undefined {
  const inputs = boundary.shape[1];
  if (boundary.shape.length !== 2 || typeof inputs !== 'number') return undefined;
  // A layer that is applied twice is no link of a chain.
  if (tensors.length !== layers.length) return undefined;
  let inputDropout: DenseHead['dropout'];
  const chain: DenseHeadLayer[] = [];
  // The layers are a chain: branches would have to meet in a layer that is none of these.
  for (const layer of layers) {
    const last = chain.at(-1);
    if (layer instanceof Dense) {
      if (!isTrained(layer) || !layer.weights.every(({ trainable }) => trainable)) return undefined;
      chain.push(denseLayer(layer));
    } else if (layer instanceof Dropout) {
      if (!layer.trainable) continue;
      if (layer.noiseShape !== null) return undefined;
      const dropout = { name: layer.name, rate: layer.rate };
      if (last === undefined && inputDropout === undefined) inputDropout = dropout;
      else if (last !== undefined && last.dropout === undefined)
        chain[chain.length - 1] = { ...last, dropout };
      else return undefined;
    } else if (layer instanceof Activation && last?.activation === 'linear' && last.dropout === undefined) {
      chain[chain.length - 1] = { ...last, activation: layer.activation as DenseActivation };
    } else return undefined;
  }
  const last = chain.at(-1);
  if (last === undefined || last.dropout !== undefined) return undefined;
  const hidden = chain.slice(0, -1);
  if (!hidden.every(({ activation }) => HIDDEN_ACTIVATIONS.includes(activation))) return undefined;
  if (!LAST_ACTIVATIONS.includes(last.activation)) return undefined;
  return {
    inputs,
    ...(inputDropout && { dropout: inputDropout }),
    // The loss is computed from logits, whatever activation follows them.
    layers: [...hidden, { ...last, activation: 'linear' }],
  };
}

/** The activation is checked when the whole chain is known: a softmax is right only at its end. */
function denseLayer(layer: Dense): DenseHeadLayer {
  return {
    name: layer.name,
    units: layer.units,
    activation: layer.activation as DenseActivation,
    kernel: numbers(layer, 'kernel'),
    ...(layer.useBias && { bias: numbers(layer, 'bias') }),
  };
}

function numbers(layer: Layer, name: string): Float32Array {
  return layer.weight(name).value;
}
