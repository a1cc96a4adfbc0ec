/** @file Texts in a page: divided as a table is, refused in words, and sent to a worker as rows. */

import { describe, expect, it } from 'vitest';
import type { BrowserWorker } from './browser.ts';
import { divideTextSets } from './given-texts.ts';
import { type LabeledText, textRows } from './labeled-texts.ts';
import { trainTexts } from './train-texts.ts';
import type { WorkOrder } from './worker-messages.ts';

const RECIPE = { validation: 0.25, group: null, seed: 1 };

const rows = (count: number, more: (index: number) => Partial<LabeledText> = () => ({})): LabeledText[] =>
  Array.from({ length: count }, (_, index) => ({
    text: `text number ${index}`,
    label: index % 2 === 0 ? 'even' : 'odd',
    ...more(index),
  }));

describe('the texts of a training in a page', () => {
  it('are lines of a table, or files of class folders', () => {
    expect(textRows('texts', rows(2)).map(({ place }) => place)).toEqual(['line 2', 'line 3']);
    const byClass = textRows('texts', { 'class 10': ['c'], 'class 9': ['a', 'b'] });
    expect(byClass.map(({ place, text }) => [place, text])).toEqual([
      ['class 9/1.txt', 'a'],
      ['class 9/2.txt', 'b'],
      ['class 10/1.txt', 'c'],
    ]);
  });

  it('stay on one side where they are the same, or of one group', async () => {
    const grouped = rows(40, (index) => ({ group: `author ${Math.floor(index / 4)}` }));
    const sets = await divideTextSets({ train: grouped }, RECIPE, undefined);
    const sideOf = new Map<string, Set<string>>();
    for (const [side, samples] of [
      ['train', sets.train],
      ['validation', sets.validation],
    ] as const) {
      for (const { group } of samples) sideOf.set(group!, (sideOf.get(group!) ?? new Set()).add(side));
    }
    expect(sideOf.size).toBe(10);
    expect([...sideOf.values()].every(({ size }) => size === 1)).toBe(true);
    expect(sets.validationSource).toContain('groups kept together');
    const copied = await divideTextSets(
      { train: rows(40, (index) => ({ text: `text ${index % 20}` })) },
      RECIPE,
      undefined,
    );
    const validating = new Set(copied.validation.map(({ text }) => text));
    expect(copied.train.some(({ text }) => validating.has(text))).toBe(false);
    expect(copied.duplicates.images).toBe(40);
  });

  it('that are empty are left out and told, and nothing of them counts', async () => {
    const sets = await divideTextSets(
      { train: [...rows(12), { text: ' \n', label: 'odd' }] },
      RECIPE,
      undefined,
    );
    expect(sets.skipped).toEqual([{ file: 'line 14', reason: 'empty text' }]);
    expect(sets.train.length + sets.validation.length).toBe(12);
  });

  it('are refused in words where they cannot be trained on', async () => {
    const refusal = (train: unknown, recipe: object = {}) =>
      divideTextSets({ train: train as never }, { ...RECIPE, ...recipe }, undefined).then(
        () => 'taken',
        (error: Error) => error.message,
      );
    expect(await refusal([{ text: 3, label: 'a' }])).toBe(
      'training texts, 1: expected a text and the name of its class, received number and string. Give texts by class, { refund: ["..."] }, or rows, { text: "...", label: "refund" }.',
    );
    expect(await refusal({ a: ['x', 'y'], A: ['z'] })).toMatch(
      /^training texts: expected class names that differ in more than /,
    );
    expect(await refusal({ a: ['x', 'y'], b: [''] })).toMatch(
      /^training texts: expected at least 1 readable text in every class, received none in "b"\./,
    );
    expect(await refusal(rows(8), { group: 'author' })).toBe(
      'recipe: expected no "group", received "author". A page has no columns: give rows with a group, { text, label, group }.',
    );
    expect(await refusal(rows(8), { validation: 'other.csv' })).toBe(
      'recipe: expected a fraction of the training texts as validation, received the table "other.csv". A page has no tables: give the option validation with texts.',
    );
  });

  it('go to a worker as rows, with the whole address of the network', async () => {
    const orders: WorkOrder[] = [];
    const worker = (): BrowserWorker => {
      const own: BrowserWorker = {
        onmessage: null,
        onerror: null,
        postMessage: (message) => {
          orders.push(structuredClone(message) as WorkOrder);
          const parts = { where: 'here', expected: 'this', received: 'that', advice: 'Try.' };
          own.onmessage!({ data: { type: 'failure', failure: { code: 'dataset', parts } } });
        },
        terminate: () => {},
      };
      queueMicrotask(() => own.onmessage!({ data: { type: 'ready' } }));
      return own;
    };
    const training = trainTexts(
      { even: new Set(['two']), odd: ['one'] },
      { worker, backbone: 'http://here/use_lite/', test: [{ text: 'three', label: 'odd' }] },
    );
    await expect(training).rejects.toThrow('here: expected this, received that. Try.');
    expect(orders).toEqual([
      {
        type: 'train-texts',
        examples: [
          { text: 'two', label: 'even', place: 'even/1.txt' },
          { text: 'one', label: 'odd', place: 'odd/1.txt' },
        ],
        settings: expect.objectContaining({
          backbone: 'http://here/use_lite/',
          test: [{ text: 'three', label: 'odd', place: 'line 2' }],
        }),
      },
    ]);
  });
});
