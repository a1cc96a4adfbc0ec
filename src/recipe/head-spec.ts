/** @file The head that a person asks for in one line: `flatten,dense:1024:relu,dropout:0.2`. */

import { closest, distance } from 'fastest-levenshtein';
import { GraftError } from '../core/errors/graft-error.ts';
import { ACTIVATION_NAMES, type ActivationName, resolveActivation } from '../core/layers/activations.ts';
import { layers } from '../core/layers/layers.ts';
import type { SymbolicTensor } from '../core/layers/symbolic-tensor.ts';
import { HEAD_ALIASES, HEAD_PRESETS, type HeadLayer, misplacedPooling, withPooling } from './head-layers.ts';
import { createHeadOutput, DEFAULT_TASK, type Task } from './task.ts';

const TYPES = ['gap', 'gmp', 'flatten', 'dense', 'dropout'] as const;

/**
 * Reads a head: a preset (`linear`, `flatten-dense-1024`), or layers separated by commas: `gap`, `gmp`, `flatten`,
 * `dense:UNITS[:ACTIVATION]` (Keras' names of activations; default relu), `dropout:RATE`.
 * The Dense layer over the classes, labels or values is not written: it always follows.
 *
 * @throws {GraftError} `argument`, if it cannot be read.
 */
export function parseHead(spec: string): readonly HeadLayer[] {
  const written = spec.trim();
  const name = Object.hasOwn(HEAD_ALIASES, written) ? HEAD_ALIASES[written]! : written;
  if (Object.hasOwn(HEAD_PRESETS, name)) return HEAD_PRESETS[name]!;
  const parsed = spec.split(',').map((part) => parseLayer(part.trim(), spec));
  const pooling = misplacedPooling(parsed);
  if (pooling > 0) {
    throw headError(
      spec,
      'gap, gmp or flatten only as the first layer',
      `"${parsed[pooling]!.type}" as number ${pooling + 1}`,
    );
  }
  return withPooling(parsed);
}

/** A head as {@link parseHead} reads it: the name of a preset, or its layers. */
export function formatHead(head: readonly HeadLayer[]): string {
  const text = layersText(head);
  const preset = Object.entries(HEAD_PRESETS).find(([, layers]) => layersText(layers) === text);
  return preset?.[0] ?? text;
}

function layersText(head: readonly HeadLayer[]): string {
  return head
    .map((layer) => {
      if (layer.type === 'dense') return `dense:${layer.units}:${layer.activation}`;
      return layer.type === 'dropout' ? `dropout:${layer.rate}` : layer.type;
    })
    .join(',');
}

/**
 * Puts a head on a tensor: its layers, then the Dense layer over the classes, labels or values, see {@link createHeadOutput}.
 *
 * @param features - `[N, H, W, C]`; `[N, L, C]`, tokens, of which gap and gmp take the mean or the largest; or `[N, C]`,
 *   where gap, gmp and flatten are left out.
 * @param names - How many classes, labels or values there are.
 */
export function applyHead(
  features: SymbolicTensor,
  head: readonly HeadLayer[],
  names: number,
  task: Task = DEFAULT_TASK,
): SymbolicTensor {
  let tensor = features;
  for (const layer of head) {
    switch (layer.type) {
      case 'gap':
        if (features.shape.length > 2) tensor = layers.globalAveragePooling2d().apply(asMap(tensor));
        break;
      case 'gmp':
        if (features.shape.length > 2) tensor = layers.globalMaxPooling2d().apply(asMap(tensor));
        break;
      case 'flatten':
        tensor = layers.flatten().apply(tensor);
        break;
      case 'dense':
        tensor = layers.dense({ units: layer.units, activation: layer.activation }).apply(tensor);
        break;
      case 'dropout':
        tensor = layers.dropout({ rate: layer.rate }).apply(tensor);
        break;
    }
  }
  // A head without hidden layers is a convex problem: started from zeros it ends at the same place for every seed,
  // and nothing random stays in directions that the images say nothing of.
  const convex = !head.some(({ type }) => type === 'dense');
  return layers
    .dense({
      name: 'predictions',
      ...createHeadOutput(task, names),
      kernelInitializer: convex ? 'zeros' : 'glorotUniform',
    })
    .apply(tensor);
}

/** Tokens as a map of one column. */
function asMap(features: SymbolicTensor): SymbolicTensor {
  const [, length, channels] = features.shape;
  if (features.shape.length !== 3) return features;
  return layers.reshape({ targetShape: [length ?? -1, 1, channels ?? -1] }).apply(features);
}

function parseLayer(part: string, spec: string): HeadLayer {
  const [type, ...rest] = part.split(':');
  if (type === 'gap' || type === 'gmp' || type === 'flatten') {
    if (rest.length > 0) throw headError(spec, `"${type}" without a number`, `"${part}"`);
    return { type };
  }
  if (type === 'dense') {
    const [units, activation = 'relu', ...more] = rest;
    const count = Number(units);
    if (!Number.isInteger(count) || count < 1 || more.length > 0) {
      throw headError(spec, '"dense:UNITS[:ACTIVATION]" with at least 1 unit', `"${part}"`);
    }
    return { type, units: count, activation: activationOf(activation, spec) };
  }
  if (type === 'dropout') {
    const rate = Number(rest[0]);
    if (rest.length !== 1 || rest[0] === '' || !(rate >= 0 && rate < 1)) {
      throw headError(spec, '"dropout:RATE" with a rate from 0 up to, not with, 1', `"${part}"`);
    }
    return { type, rate };
  }
  const names = [...TYPES, ...Object.keys(HEAD_PRESETS)];
  const nearest = closest(type ?? '', names);
  const hint = distance(type ?? '', nearest) <= 2 ? ` Did you mean "${nearest}"?` : '';
  throw headError(spec, `layers among ${TYPES.join(', ')}`, `"${part}"`, hint);
}

function activationOf(name: string, spec: string): ActivationName {
  try {
    return resolveActivation('head', name);
  } catch (error) {
    if (!(error instanceof GraftError)) throw error;
    const nearest = closest(name, [...ACTIVATION_NAMES]);
    const hint = distance(name, nearest) <= 2 ? ` Did you mean "${nearest}"?` : '';
    throw headError(spec, error.parts.expected, error.parts.received, hint);
  }
}

function headError(spec: string, expected: string, received: string, hint = ''): GraftError {
  return new GraftError('argument', {
    where: `head "${spec}"`,
    expected,
    received,
    advice: `Write a head as "gap,dense:256:relu,dropout:0.2", "linear" or "flatten-dense-1024".${hint}`,
  });
}
