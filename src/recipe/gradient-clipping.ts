/** @file What limits a gradient: `{ type: 'global', limit: 1 }`, in short `global:1`. */

import { closest } from 'fastest-levenshtein';
import * as z from 'zod';
import { GraftError } from '../core/errors/graft-error.ts';

export interface GradientClipping {
  /** Each value; the norm of each weight's gradient; the norm of all gradients together. */
  readonly type: 'value' | 'norm' | 'global';
  /** > 0. */
  readonly limit: number;
}

const TYPES = ['value', 'norm', 'global'] as const;

export const clippingSchema: z.ZodType<GradientClipping> = z.strictObject({
  type: z.enum(TYPES),
  limit: z.number().positive(),
});

/** @throws {GraftError} `argument`, if it cannot be read. */
export function parseClipping(text: string): GradientClipping {
  const [given = '', limit = ''] = text.split(':');
  const type = TYPES.find((each) => each === given);
  const number = Number(limit);
  if (type !== undefined && limit !== '' && number > 0 && Number.isFinite(number))
    return { type, limit: number };
  throw new GraftError('argument', {
    where: 'clip',
    expected: 'value:LIMIT, norm:LIMIT or global:LIMIT, with a limit above 0',
    received: `"${text}"`,
    advice:
      type === undefined ? `Did you mean "${closest(given, [...TYPES])}:1"?` : 'Write for example global:1.',
  });
}

export function formatClipping({ type, limit }: GradientClipping): string {
  return `${type}:${limit}`;
}
