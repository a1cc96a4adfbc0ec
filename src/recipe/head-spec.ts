/** @file The head that a person asks for in one line: `flatten,dense:1024:relu,dropout:0.2`. */

import { closest, distance } from 'fastest-levenshtein';
import { GraftError } from '../errors/graft-error.ts';
import { ACTIVATION_NAMES, type ActivationName, resolveActivation } from '../layers/activations.ts';
import { layers } from '../layers/layers.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { headOutputOf, type Task } from './task.ts';

/** One layer of a head, before the last Dense, whose width is the number of answers. */
export type HeadLayer =
  | { readonly kind: 'gap' | 'gmp' | 'flatten' }
  | { readonly kind: 'dense'; readonly units: number; readonly activation: ActivationName }
  | { readonly kind: 'dropout'; readonly rate: number };

const KINDS = ['gap', 'gmp', 'flatten', 'dense', 'dropout'] as const;

/** Heads with a name. */
const PRESETS: Readonly<Record<string, string>> = {
  /** Logistic regression on pooled features. */
  linear: 'gap',
  /** The textbook's: 38.5 million parameters on InceptionV3's mixed7 at 150 px. */
  book: 'flatten,dense:1024:relu,dropout:0.2',
};

/**
 * Reads a head: a preset (`linear`, `book`), or layers separated by commas: `gap`, `gmp`, `flatten`,
 * `dense:UNITS[:ACTIVATION]` (Keras' names of activations; default relu), `dropout:RATE`.
 * The Dense layer over the classes, labels or numbers is not written: it always follows.
 *
 * @throws {GraftError} `argument`, if it cannot be read.
 */
export function parseHead(spec: string): readonly HeadLayer[] {
  const name = spec.trim();
  const written = Object.hasOwn(PRESETS, name) ? PRESETS[name]! : spec;
  const parsed = written.split(',').map((part) => parseLayer(part.trim(), spec));
  const pooling = parsed.findLastIndex((layer) => !('units' in layer) && !('rate' in layer));
  if (pooling > 0) {
    throw headError(
      spec,
      'gap, gmp or flatten only as the first layer',
      `"${parsed[pooling]!.kind}" as number ${pooling + 1}`,
    );
  }
  return pooling === 0 ? parsed : [{ kind: 'gap' }, ...parsed];
}

/**
 * Puts a head on a tensor: its layers, then the Dense layer over the answers, see {@link headOutputOf}.
 *
 * @param features - `[N, H, W, C]`; `[N, L, C]`, tokens, of which gap and gmp take the mean or the largest; or `[N, C]`,
 *   where gap, gmp and flatten are left out.
 * @param names - How many classes, labels or numbers there are.
 */
export function applyHead(
  features: SymbolicTensor,
  head: readonly HeadLayer[],
  names: number,
  task: Task = 'single-label',
): SymbolicTensor {
  let tensor = features;
  for (const layer of head) {
    switch (layer.kind) {
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
  const convex = !head.some(({ kind }) => kind === 'dense');
  return layers
    .dense({
      name: 'predictions',
      ...headOutputOf(task, names),
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
  const [kind, ...rest] = part.split(':');
  if (kind === 'gap' || kind === 'gmp' || kind === 'flatten') {
    if (rest.length > 0) throw headError(spec, `"${kind}" without a number`, `"${part}"`);
    return { kind };
  }
  if (kind === 'dense') {
    const [units, activation = 'relu', ...more] = rest;
    const count = Number(units);
    if (!Number.isInteger(count) || count < 1 || more.length > 0) {
      throw headError(spec, '"dense:UNITS[:ACTIVATION]" with at least 1 unit', `"${part}"`);
    }
    return { kind, units: count, activation: activationOf(activation, spec) };
  }
  if (kind === 'dropout') {
    const rate = Number(rest[0]);
    if (rest.length !== 1 || rest[0] === '' || !(rate >= 0 && rate < 1)) {
      throw headError(spec, '"dropout:RATE" with a rate from 0 up to, not with, 1', `"${part}"`);
    }
    return { kind, rate };
  }
  const names = [...KINDS, ...Object.keys(PRESETS)];
  const nearest = closest(kind ?? '', names);
  const hint = distance(kind ?? '', nearest) <= 2 ? ` Did you mean "${nearest}"?` : '';
  throw headError(spec, `layers among ${KINDS.join(', ')}`, `"${part}"`, hint);
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
    advice: `Write a head as "gap,dense:256:relu,dropout:0.2", "linear" or "book".${hint}`,
  });
}
