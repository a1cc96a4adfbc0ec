/** @file The recipes of a sweep: every combination of what is to be tried. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { formatHead } from '../../recipe/head-spec.ts';
import type { Recipe, RecipeInput, RecipeRequest } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';

/** What is tried; an axis that is not given stays as the base recipe has it. */
export interface SweepAxes {
  /** Layers that heads grow from. */
  readonly cuts?: readonly string[] | undefined;
  /** See `parseHead`. */
  readonly heads?: readonly NonNullable<RecipeInput['head']>[] | undefined;
  readonly optimizers?: readonly Recipe['optimizer'][] | undefined;
  /** Each > 0. */
  readonly learningRates?: readonly number[] | undefined;
}

/**
 * All combinations, each once: by cut, then head, then optimizer, then learning rate, in the order in which they are
 * given. A value that is given twice counts once.
 *
 * @throws {GraftError} `argument`, if an axis is empty, a head cannot be read, or a rate is not above 0.
 */
export function sweepGrid(input: RecipeInput, axes: SweepAxes): RecipeRequest[] {
  const base = readRecipe(input);
  const cuts = valuesOf('cuts', axes.cuts, base.cut);
  const heads = differentHeads(valuesOf('heads', axes.heads, base.head));
  const optimizers = valuesOf('optimizers', axes.optimizers, base.optimizer);
  const learningRates = valuesOf('learning rates', axes.learningRates, base.learningRate);
  for (const rate of learningRates) requireRate(rate);
  return cuts.flatMap((cut) =>
    heads.flatMap((head) =>
      optimizers.flatMap((optimizer) =>
        learningRates.map((learningRate) => ({
          ...base,
          cut: cut ?? base.cut,
          head,
          optimizer,
          learningRate,
        })),
      ),
    ),
  );
}

function valuesOf<T>(name: string, given: readonly T[] | undefined, base: T): readonly T[] {
  if (given === undefined) return [base];
  if (given.length > 0 && given.every((value) => value !== '')) return [...new Set(given)];
  throw new GraftError('argument', {
    where: `sweep, ${name}`,
    expected: 'at least 1, and none of them empty',
    received: given.length === 0 ? 'none' : `"${given.join(', ')}"`,
    advice: `Name what is to be tried, or leave ${name} out to take the recipe's.`,
  });
}

/** A head may be written in several ways. */
function differentHeads(heads: readonly NonNullable<RecipeInput['head']>[]): readonly Recipe['head'][] {
  const read = heads.map((head) => readRecipe({ head }).head);
  return [...new Map(read.map((head) => [formatHead(head), head])).values()];
}

function requireRate(rate: number): void {
  if (rate > 0 && Number.isFinite(rate)) return;
  throw new GraftError('argument', {
    where: 'sweep, learning rates',
    expected: 'numbers above 0',
    received: String(rate),
    advice: 'For example 1e-2, 1e-3 and 1e-4.',
  });
}
