/** @file What a recipe for texts is where nothing is said. */

import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { readRecipe } from './recipe-input.ts';
import { readTextRecipe, refuseFields } from './text-defaults.ts';

describe('readTextRecipe', () => {
  it('has the network that comes with Graft, and epochs by the number of texts', () => {
    expect(readTextRecipe({}, 100_000)).toMatchObject({
      backbone: 'use_lite',
      optimizer: 'adamw',
      epochs: 30,
    });
    expect(readTextRecipe({}, 3200).epochs).toBe(40);
    expect(readTextRecipe({}, 100).epochs).toBe(50);
    expect([100, 1800, 100_000].map((count) => readTextRecipe({ lora: 8 }, count).epochs)).toEqual([
      20, 4, 3,
    ]);
  });

  it('keeps the last epoch of adapters, unless somebody says how many epochs, or by what they are judged', () => {
    expect(readTextRecipe({}, 100).keepEpoch).toBe('best');
    expect(readTextRecipe({ lora: 8 }, 100).keepEpoch).toBe('last');
    for (const said of [
      { epochs: 50 },
      { monitor: 'val_accuracy' },
      { patience: 3 },
      { keepEpoch: 'best' as const },
    ])
      expect(readTextRecipe({ lora: 8, ...said }, 100).keepEpoch).toBe('best');
    expect(readTextRecipe({ phases: [{ lora: 8 }] }, 100).keepEpoch).toBe('best');
    const adapted = readTextRecipe({ lora: 8 }, 100);
    expect(readTextRecipe(adapted, 5)).toEqual(adapted);
  });

  it('takes what is said, and itself', () => {
    const recipe = readTextRecipe({ epochs: 3, optimizer: 'adam', ngrams: 2, long: 'head+tail' }, 100);
    expect(recipe).toMatchObject({
      epochs: 3,
      optimizer: 'adam',
      ngrams: 2,
      long: 'head+tail',
      patience: null,
    });
    expect(readTextRecipe(recipe, 5)).toEqual(recipe);
  });

  it('refuses what is for images, and images what is for texts', () => {
    expect(() => readTextRecipe({ augmentation: 'flip' })).toThrow(
      withMessage(
        'recipe for texts: expected no "augmentation", received one. Leave out --augment: it is for images.',
      ),
    );
    expect(() => refuseFields(readRecipe({ maxTokens: 64 }), 'images')).toThrow(
      withMessage(
        'recipe for images: expected no "maxTokens", received 64. Leave out --max-tokens: it is for texts.',
      ),
    );
    expect(() => refuseFields(readRecipe({ phases: [{ lora: 8 }] }), 'images')).toThrow(
      withMessage('recipe for images: expected no "lora", received 8. Leave out --lora: it is for texts.'),
    );
    expect(() => refuseFields(readRecipe({ sizePx: 64, augmentation: 'flip' }), 'images')).not.toThrow();
  });
});
