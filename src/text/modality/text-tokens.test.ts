/** @file Ids are made once where there is a store, and by another thread where there are many texts. */

import { describe, expect, it } from 'vitest';
import type { FeatureStore } from '../../core/runtime/feature-store.ts';
import { encodeHex } from '../../core/tensor/hex.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import { TextTokens, type TokenizingThread, type TokenStores } from './text-tokens.ts';

/** A number is its own id. @param read - What it is asked for. */
const numbersOf = (read: string[] = []): TextTokenizer => ({
  json: '{}',
  vocabularySize: 100,
  prefix: [],
  suffix: [],
  encode: (text) => {
    read.push(text);
    return text === '' ? [] : text.split(' ').map(Number);
  },
  decode: (ids) => ids.join(' '),
  idOf: Number,
});

/** A store in memory, of entries of any length. */
function storesInMemory(): TokenStores & {
  readonly entries: Map<string, Uint8Array>;
  readonly keys: string[];
} {
  const entries = new Map<string, Uint8Array>();
  const order: string[] = [];
  const keys: string[] = [];
  const at = (locations: Int32Array, row: number) => entries.get(order[locations[row]!]!)!;
  const store: FeatureStore = {
    locate: (wanted) =>
      Int32Array.from({ length: wanted.length / 32 }, (_, i) =>
        order.indexOf(encodeHex(wanted.subarray(i * 32, (i + 1) * 32))),
      ),
    async put(wanted, values, lengths) {
      let start = 0;
      lengths!.forEach((length, i) => {
        const key = encodeHex(wanted.subarray(i * 32, (i + 1) * 32));
        entries.set(key, values.slice(start, start + length));
        order.push(key);
        start += length;
      });
      return undefined;
    },
    flush: async () => {},
    lengths: (locations, rows) => Uint32Array.from(rows, (row) => at(locations, row).length),
    read(locations, rows, target) {
      let start = 0;
      for (const row of rows) {
        target.set(at(locations, row), start);
        start += at(locations, row).length;
      }
      return [];
    },
  };
  return {
    entries,
    keys,
    async space(key) {
      keys.push(key);
      return store;
    },
  };
}

const plain = (made: readonly { readonly ids: Int32Array; readonly isLong: boolean }[]) =>
  made.map(({ ids, isLong }) => [[...ids], isLong]);

describe('TextTokens', () => {
  it('finds the ids of texts that were tokenized before, in any order, the longer ones too', async () => {
    const stores = storesInMemory();
    const [first, second] = [[] as string[], [] as string[]];
    const made = await new TextTokens({ tokenizer: numbersOf(first), maxTokens: 2, stores }).of([
      '1 2 3',
      '',
      '4',
    ]);
    expect(plain(made)).toEqual([
      [[1, 2], true],
      [[], false],
      [[4], false],
    ]);
    const again = new TextTokens({ tokenizer: numbersOf(second), maxTokens: 2, stores });
    expect(plain(await again.of(['4', '5', '1 2 3', '', '5']))).toEqual([
      [[4], false],
      [[5], false],
      [[1, 2], true],
      [[], false],
      [[5], false],
    ]);
    expect([first, second]).toEqual([
      ['1 2 3', '', '4'],
      ['5', '5'],
    ]);
    expect(stores.entries.size).toBe(4);
  });

  it('keeps those of other lengths, and of another way to read, elsewhere', async () => {
    const stores = storesInMemory();
    const tokenizer = numbersOf();
    for (const [maxTokens, long] of [
      [2, 'head'],
      [3, 'head'],
      [2, 'head+tail'],
      [2, 'windows'],
      [2, 'head'],
    ] as const) {
      await new TextTokens({ tokenizer, maxTokens, long, stores }).of([]);
    }
    expect(new Set(stores.keys).size).toBe(4);
  });

  it('makes ids once without a store, too', async () => {
    const read: string[] = [];
    const tokens = new TextTokens({ tokenizer: numbersOf(read), maxTokens: 2 });
    await tokens.of(['1 2 3', '4']);
    expect(plain(await tokens.of(['4', '1 2 3', '5']))).toEqual([
      [[4], false],
      [[1, 2], true],
      [[5], false],
    ]);
    expect(read).toEqual(['1 2 3', '4', '5']);
  });

  it('has a thread tokenize many texts, and gives it up at rest', async () => {
    const calls: (number | 'stop')[] = [];
    const startThread = (): TokenizingThread => ({
      async tokenize(texts) {
        calls.push(texts.length);
        return texts.map((text) => ({ ids: Int32Array.of(Number(text)), isLong: false }));
      },
      stop: async () => void calls.push('stop'),
    });
    const tokens = new TextTokens({ tokenizer: numbersOf(), maxTokens: 2, startThread });
    const texts = Array.from({ length: 300 }, (_, index) => String(index % 50));
    expect((await tokens.of(texts)).map(({ ids }) => ids[0])).toEqual(texts.map(Number));
    await tokens.of(['77', '78']);
    await tokens.rest();
    await tokens.of(['80', '81']);
    expect(calls).toEqual([300, 2, 'stop']);
  });
});
