/** @file Texts in batches: of a similar length, each once, with what tells them from others. */

import { describe, expect, it } from 'vitest';
import { emptyHashes, hashAt } from '../../core/examples/content-hashes.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import type { LongText } from './long-texts.ts';
import type { TextExample } from './text-example.ts';
import { TextModality } from './text-modality.ts';
import { TextTokens } from './text-tokens.ts';

/** A number is its own id. */
const tokenizer: TextTokenizer = {
  json: '{}',
  vocabularySize: 100,
  prefix: [1],
  suffix: [],
  encode: (text) => (text.trim() === '' ? [] : text.trim().split(/\s+/).map(Number)),
  decode: (ids) => ids.join(' '),
  idOf: Number,
};

const textsOf = (...texts: readonly string[]): TextExample[] =>
  texts.map((text, index) => ({ text, label: index, place: `t.csv, line ${index + 2}` }));

async function collect(modality: TextModality, examples: readonly TextExample[], batchSize: number) {
  const batches = [];
  for await (const { feeds, examples: given, lengths, done } of modality.batches(examples, { batchSize })) {
    const { shape, data } = feeds['ids']!;
    batches.push({
      labels: given.map(({ label }) => label),
      shape,
      ids: Array.from(data, Number),
      lengths: [...lengths!],
      done,
    });
  }
  return batches;
}

describe('texts as a modality', () => {
  it('come in batches of a similar length, padded with -1', async () => {
    const modality = new TextModality(new TextTokens({ tokenizer, maxTokens: 4 }));
    expect(await collect(modality, textsOf('5 6 7', '', '8', '2 3 4 5 6'), 2)).toEqual([
      { labels: [1, 2], shape: [2, 2], ids: [1, -1, 1, 8], lengths: [1, 2], done: 2 },
      { labels: [0, 3], shape: [2, 4], ids: [1, 5, 6, 7, 1, 2, 3, 4], lengths: [4, 4], done: 4 },
    ]);
  });

  it('are fewer in a batch where they are long', async () => {
    const modality = new TextModality(new TextTokens({ tokenizer, maxTokens: 512 }));
    const long = '7 '.repeat(300);
    const batches = await collect(modality, textsOf(long, '1', long), 2);
    expect(batches.map(({ labels, shape }) => ({ labels, shape }))).toEqual([
      { labels: [1], shape: [1, 2] },
      { labels: [0], shape: [1, 301] },
      { labels: [2], shape: [1, 301] },
    ]);
  });

  it('say how many are longer than what is read', async () => {
    const tokens = new TextTokens({ tokenizer, maxTokens: 3, long: 'head+tail' });
    const made = await tokens.of(['1 2 3 4', '1 2', '1 2 3 4 5', '1 2 3 4']);
    expect(made.map(({ isLong }) => isLong)).toEqual([true, false, true, true]);
  });

  it('are read at their ends alone where they are very long', async () => {
    const text = Array.from({ length: 30_000 }, (_, index) => String(index % 97)).join(' ');
    const read: number[] = [];
    const counting: TextTokenizer = {
      ...tokenizer,
      encode: (part) => {
        read.push(part.length);
        return tokenizer.encode(part);
      },
    };
    const idsBy = async (long: LongText) => {
      const [made] = await new TextTokens({ tokenizer: counting, maxTokens: 9, long }).of([text]);
      return [...made!.ids];
    };
    const last = 29_999 % 97;
    expect(await idsBy('head')).toEqual([1, 0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await idsBy('head+tail')).toEqual([1, 0, 1, ...[5, 4, 3, 2, 1, 0].map((back) => last - back)]);
    // 10,000 characters and 64 for each token, up to the last blank before.
    expect(read.map((length) => Math.round(length / 100))).toEqual([106, 212]);
    expect(text.length).toBeGreaterThan(80_000);
  });

  it('are told apart by their content, and by how they are read', async () => {
    const modality = new TextModality(new TextTokens({ tokenizer, maxTokens: 4 }));
    const examples = textsOf('a', 'b', 'a');
    const known = emptyHashes(3);
    await modality.hash(examples, 0, 3, known);
    expect(hashAt(known, 0)).toEqual(Uint8Array.from(platform.sha256().update('a').bytes()));
    expect(hashAt(known, 2)).toEqual(hashAt(known, 0));
    expect(await modality.isUnchanged(examples[1]!, 1, known)).toBe(true);
    expect(modality.identity).toMatchObject({ maxTokens: 4, long: 'head' });
    expect(modality.nameOf(examples[1]!)).toBe('t.csv, line 3');
  });

  it('stop where they are told to', async () => {
    const modality = new TextModality(new TextTokens({ tokenizer, maxTokens: 4 }));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(modality.batches(textsOf('1'), { batchSize: 2, signal }).next()).rejects.toThrow('enough');
  });
});
