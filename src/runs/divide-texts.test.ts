/** @file What a division knows of texts that are the same is what is found in its sides. */

import { expect, it } from 'vitest';
import { createRandom } from '../core/tensor/random.ts';
import { divideTexts, knowTexts, type TextSample } from './divide-texts.ts';

it('tells the same groups whether a division knows them or they are found', async () => {
  const random = createRandom(5);
  const samples = Array.from({ length: 400 }, (_, index): TextSample => {
    const place = `a.csv, line ${index + 2}`;
    return { text: `text ${random.integer(250)}`, place, file: place, label: index % 2 };
  });
  const { train, validation, same } = divideTexts(samples, {
    task: 'classification',
    classNames: ['a', 'b'],
    fraction: 0.3,
    seed: 1,
  });
  const found = await knowTexts([train, validation]);
  expect(found.identical.length).toBeGreaterThan(50);
  expect(await knowTexts([train, validation], { same })).toEqual(found);
});
