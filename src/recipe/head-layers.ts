/** @file The layers of a head as data: what a recipe holds, and the heads with a name. */

import * as z from 'zod';
import { ACTIVATION_NAMES, type ActivationName, resolveActivation } from '../core/layers/activations.ts';

/** One layer of a head, before the last Dense, whose width is the number of outputs. */
export type HeadLayer =
  | { readonly type: 'gap' | 'gmp' | 'flatten' }
  | { readonly type: 'dense'; readonly units: number; readonly activation: ActivationName }
  | { readonly type: 'dropout'; readonly rate: number };

/** Heads with a name. */
export const HEAD_PRESETS: Readonly<Record<string, readonly HeadLayer[]>> = {
  /** Logistic regression on pooled features. */
  linear: [{ type: 'gap' }],
  /** 38.5 million parameters on InceptionV3's mixed7 at 150 px. */
  'flatten-dense-1024': [
    { type: 'flatten' },
    { type: 'dense', units: 1024, activation: 'relu' },
    { type: 'dropout', rate: 0.2 },
  ],
};

/** Former names, which are still read. */
export const HEAD_ALIASES: Readonly<Record<string, string>> = { book: 'flatten-dense-1024' };

/** Schema of a head as files hold it. Without a pooling layer in front, `gap` is put there. */
export const headSchema: z.ZodType<readonly HeadLayer[]> = z.lazy(() => {
  const pooling = z.strictObject({ type: z.enum(['gap', 'gmp', 'flatten']) });
  const dense = z.strictObject({
    type: z.literal('dense'),
    units: z.int().min(1),
    activation: z
      .enum([...ACTIVATION_NAMES, 'swish', 'hard_swish'])
      .default('relu')
      .transform((name) => resolveActivation('head', name)),
  });
  const dropout = z.strictObject({ type: z.literal('dropout'), rate: z.number().min(0).lt(1) });
  return z
    .array(z.discriminatedUnion('type', [pooling, dense, dropout]))
    .refine((layers) => misplacedPooling(layers) === 0, 'gap, gmp and flatten stand only first')
    .transform((layers): readonly HeadLayer[] => withPooling(layers));
});

/** The place of the last pooling layer that is not the first layer; 0 if there is none. */
export function misplacedPooling(layers: readonly HeadLayer[]): number {
  return Math.max(0, layers.findLastIndex(isPooling));
}

/** The same head, with `gap` in front where nothing else is. */
export function withPooling(layers: readonly HeadLayer[]): readonly HeadLayer[] {
  return layers[0] !== undefined && isPooling(layers[0]) ? layers : [{ type: 'gap' }, ...layers];
}

function isPooling({ type }: HeadLayer): boolean {
  return type !== 'dense' && type !== 'dropout';
}
