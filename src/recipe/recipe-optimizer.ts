/** @file The optimizer that a recipe asks for. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../errors/graft-error.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { optimizerNamed } from '../optimizers/optimizers.ts';
import type { OptimizerOptions } from '../optimizers/settings.ts';
import type { Recipe } from './recipe.ts';

/** @throws {GraftError} `argument`, if `clip` cannot be read or a number is out of its range. */
export function createOptimizer(recipe: Recipe): Optimizer {
  const { learningRate, weightDecay, ema, accumulate } = recipe;
  const options = {
    learningRate,
    ...(weightDecay !== null && { weightDecay }),
    ...(ema !== null && { useEma: true, emaMomentum: ema }),
    ...(accumulate > 1 && { gradientAccumulationSteps: accumulate }),
    ...clippingOf(recipe.clip),
  };
  const create = optimizerNamed(recipe.optimizer);
  return create({ ...options, ...create.descriptor.inRecipes });
}

const CLIPPINGS = { value: 'clipValue', norm: 'clipNorm', global: 'globalClipNorm' } as const;

function clippingOf(
  text: string | null,
): Pick<OptimizerOptions, 'clipValue' | 'clipNorm' | 'globalClipNorm'> {
  if (text === null) return {};
  const [kind = '', limit = ''] = text.split(':');
  const number = Number(limit);
  if (Object.hasOwn(CLIPPINGS, kind) && limit !== '' && number > 0 && Number.isFinite(number)) {
    return { [CLIPPINGS[kind as keyof typeof CLIPPINGS]]: number };
  }
  const kinds = Object.keys(CLIPPINGS);
  throw new GraftError('argument', {
    where: 'clip',
    expected: 'value:LIMIT, norm:LIMIT or global:LIMIT, with a limit above 0',
    received: `"${text}"`,
    advice: Object.hasOwn(CLIPPINGS, kind)
      ? 'Write for example global:1.'
      : `Did you mean "${closest(kind, kinds)}:1"?`,
  });
}
