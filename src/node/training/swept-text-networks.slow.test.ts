/** @file A sweep on texts grows its heads from the network that a training of its own has, and leaves no thread behind. */

import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { readTextRecipe } from '../../recipe/text-defaults.ts';
import { sweep } from './sweep.ts';
import { loadSweptTextNetworks } from './swept-text-networks.ts';
import type { TextSets } from './text-sets.ts';
import { trainTextClassifier } from './train-text-classifier.ts';

const GPT2 = fileURLToPath(new URL('../../../tests/golden/language/gpt2', import.meta.url));

const NAMES = ['even', 'odd'];
/** As many as are tokenized in a thread. */
const EXAMPLES = Array.from({ length: 320 }, (_, index) => ({
  text: `${NAMES[index % 2]} is text number ${index}`,
  label: index % 2,
  place: `line ${index + 2}`,
  file: `line ${index + 2}`,
}));
const SETS = {
  modality: 'text',
  train: EXAMPLES.slice(0, 300),
  validation: EXAMPLES.slice(300),
  test: undefined,
  classNames: NAMES,
  task: 'classification',
  skipped: [],
  warnings: [],
  validationSource: 'others',
  where: 'numbers',
} satisfies TextSets<'classification'>;
const RECIPE = { backbone: GPT2, epochs: 1 } as const;

it('pools as the recipe says', async () => {
  const request = readTextRecipe({ ...RECIPE, pooling: 'last' });
  const texts = { classNames: NAMES, train: SETS.train.slice(0, 4), others: [] };
  const networks = await loadSweptTextNetworks([request], texts, {});
  const { backbone } = networks.at(undefined)(request);
  expect(backbone.model.layers.at(-1)).toMatchObject({ className: 'TokenPooling', token: 'last' });
});

it.each([
  ['a training', () => trainTextClassifier(SETS, { folder: 'numbers', threads: 1, recipe: RECIPE })],
  [
    'a sweep',
    () => sweep(SETS, { folder: 'numbers', threads: 1, base: RECIPE, axes: { learningRates: [1e-3] } }),
  ],
])('ends with %s, also where nothing is kept between runs', async (_, run) => {
  const threads: Worker[] = [];
  const add = (worker: Worker): void => {
    threads.push(worker);
  };
  process.on('worker', add);
  onTestFinished(() => {
    process.off('worker', add);
  });
  await run();
  expect(threads.length).toBeGreaterThan(0);
  // The number of a thread that has ended.
  expect(threads.map(({ threadId }) => threadId)).toEqual(threads.map(() => -1));
});
