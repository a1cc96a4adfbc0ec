/** @file Texts that differ in little are found across sides, others are not, and it takes no time that grows with pairs. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/tensor/random.ts';
import { findNearDuplicates, type NearDuplicateOptions } from './near-duplicates.ts';

const bySide = (sides: readonly number[]) => (position: number) => sides[position]!;

const find = (
  texts: readonly string[],
  sideOf: (position: number) => number,
  options?: NearDuplicateOptions,
) =>
  findNearDuplicates(
    texts.map((text) => ({ text })),
    sideOf,
    options,
  );

describe('findNearDuplicates', () => {
  it('finds what differs in case, punctuation, blanks, or a few letters of many', async () => {
    const texts = [
      'How do I locate my card?',
      'How do I get a refund for a payment that was declined in a shop last week?',
      'how do i  locate my CARD',
      'How do I get a refund for a payment that was declined in a store last week?',
      'What is the exchange rate?',
      'How do I locate my card?',
    ];
    expect(await find(texts, bySide([0, 0, 1, 1, 1, 0]))).toEqual([
      { position: 0, of: 2, similarity: 1 },
      { position: 1, of: 3, similarity: expect.closeTo(0.85, 1) },
      { position: 2, of: 0, similarity: 1 },
      { position: 3, of: 1, similarity: expect.closeTo(0.85, 1) },
      { position: 5, of: 2, similarity: 1 },
    ]);
  });

  it('tells nothing of texts on one side, of copies, of other texts, and of those without letters', async () => {
    const texts = [
      'It works well.',
      'It works well!',
      'It works well.',
      'It broke soon.',
      '🙂',
      '🙂🙂',
      '',
      'ja',
      'nein',
    ];
    expect(await find(texts, bySide([0, 0, 0, 1, 0, 1, 1, 0, 1]))).toEqual([]);
    expect(await find(['copy', 'copy'], bySide([0, 1]))).toEqual([]);
  });

  it('finds 95 of 100 that share nine tenths of their words, in any script', async () => {
    const random = createRandom(3);
    const word = (): string =>
      Array.from({ length: 6 }, () => String.fromCodePoint(0x4e00 + random.integer(900))).join('');
    const texts = Array.from({ length: 100 }, () => Array.from({ length: 30 }, word));
    const changed = texts.map((words) => words.map((each, index) => (index === 7 ? word() : each)));
    const all = [...texts, ...changed].map((words) => words.join(' '));
    const found = await find(all, (position) => (position < 100 ? 0 : 1));
    expect(found.filter(({ position }) => position >= 100).length).toBeGreaterThanOrEqual(95);
    for (const { position, of } of found) expect(Math.abs(position - of)).toBe(100);
  });

  it('takes ASCII for what Unicode takes it for', async () => {
    const random = createRandom(5);
    const printable = (): string => String.fromCharCode(0x20 + random.integer(0x5f));
    const texts = Array.from({ length: 200 }, (_, index) =>
      Array.from({ length: index < 190 ? 100 : 4000 + 20 * (index - 190) }, printable).join(''),
    );
    // What Unicode takes for a full stop, or for none of it at all.
    const all = [...texts, ...texts.map((text) => `${text}\u3002`)];
    const found = await find(all, (position) => (position < 200 ? 0 : 1));
    expect(found).toEqual(
      all.map((_, position) => ({ position, of: (position + 200) % 400, similarity: 1 })),
    );
  });

  it('compares few of a thousand that differ in one word', async () => {
    const texts = Array.from(
      { length: 2000 },
      (_, index) => `Your parcel with the number ${index} will arrive on Monday before noon.`,
    );
    expect((await find(texts, (position) => position % 2)).length).toBeGreaterThan(1900);
  });

  it('stops where it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(find(['a', 'b'], bySide([0, 1]), { signal })).rejects.toThrow('enough');
  });
});
