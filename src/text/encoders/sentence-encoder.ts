/** @file One vector for a text, from the vectors of its tokens. */

import { Functional } from '../../core/layers/functional.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';

/** How a text's vector is made of its tokens': their mean, or that of the first or the last one. */
export type TextPooling = 'mean' | 'first' | 'last';

/** All of them. */
export const TEXT_POOLINGS: readonly TextPooling[] = ['mean', 'first', 'last'];

const MASK = 'padding_mask';

/** How a vector is made of those of the tokens. */
export interface SentenceEncoderOptions {
  readonly pooling: TextPooling;
  /** Whether the vectors get length 1. Default false. */
  readonly normalize?: boolean | undefined;
}

/**
 * A network for tokens with one vector for each text at its end, `[N, D]`: layer `pooling`, then perhaps `unit_normalization`.
 *
 * @param tokens - Ids, padded with -1, to vectors of tokens.
 */
export function sentenceEncoder(
  tokens: Functional,
  { pooling, normalize = false }: SentenceEncoderOptions,
): Functional {
  const mask = maskOf(tokens);
  const pooled =
    pooling === 'mean'
      ? layers.globalAveragePooling1d({ name: 'pooling' }).apply([tokens.output, mask])
      : layers.tokenPooling({ token: pooling, name: 'pooling' }).apply([tokens.output, mask]);
  const outputs = normalize ? layers.unitNormalization({ name: 'unit_normalization' }).apply(pooled) : pooled;
  return new Functional({ inputs: tokens.inputs, outputs, name: tokens.name });
}

/** The mask of a network for tokens: its layer `padding_mask`, or one of its ids, where it has none or lies behind the cut. */
function maskOf(tokens: Functional): SymbolicTensor {
  const known = tokens.layers.find(({ name }) => name === MASK);
  return known?.output ?? layers.paddingMask({ name: MASK }).apply(tokens.input);
}
