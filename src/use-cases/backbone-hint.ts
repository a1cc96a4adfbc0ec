/** @file When a training has taken from its network what there is to take, and another network is likely to do better. */

import type { History } from '../core/fit/history.ts';
import type { Recipe } from '../recipe/recipe.ts';

/** What of a training the hint depends on. */
export interface HintedTraining {
  readonly data: string;
  readonly recipe: Pick<Recipe, 'unfreeze' | 'phases'>;
  readonly history: History;
  /** On validation images. */
  readonly accuracy: number;
  readonly interval: readonly [low: number, high: number];
}

/** Above, a stronger network has little to win. */
const MAX_ACCURACY = 0.95;
/** The curve is flat where its last third takes less than this part off the loss. */
const FLAT = 0.01;

/**
 * One line where the validation accuracy is low by more than chance, and the curve no longer falls; undefined else, and where the
 * network itself is trained.
 */
export function hintAtBackbone(training: HintedTraining): string | undefined {
  const { data, recipe, history, accuracy, interval } = training;
  const [, high] = interval;
  if (recipe.unfreeze !== null || recipe.phases.length > 0 || history.ended === 'interrupted')
    return undefined;
  if (high >= MAX_ACCURACY || !isFlat(history)) return undefined;
  return (
    `Validation accuracy is ${(100 * accuracy).toFixed(1)}%, and more epochs would not help: a stronger network is likely to. ` +
    `graft recommend ${data} compares those that are here.`
  );
}

function isFlat({ epochs, ended }: History): boolean {
  if (ended === 'stopped') return true;
  const losses = epochs.flatMap(({ logs }) => logs['val_loss'] ?? []);
  const start = Math.floor((2 * losses.length) / 3);
  if (start === 0) return false;
  const before = Math.min(...losses.slice(0, start));
  return Math.min(...losses.slice(start)) > before * (1 - FLAT);
}
