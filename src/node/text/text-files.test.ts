/** @file Texts from folders, and what is said about those that cannot be used. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { readTexts } from './text-files.ts';

describe('a folder of texts', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'graft-texts-'));
    for (const [name, text] of [
      ['neg/2.txt', 'bad\n'],
      ['neg/10.txt', 'worse'],
      ['neg/notes.md', 'no example'],
      ['pos/1.txt', 'good'],
      ['pos/empty.txt', ' \n'],
    ] as const) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has a class for each folder in it', async () => {
    const { names, examples, skipped } = await readTexts(folder);
    expect(names).toEqual(['neg', 'pos']);
    expect(examples).toEqual([
      { text: 'bad', place: 'neg/2.txt', label: 0 },
      { text: 'worse', place: 'neg/10.txt', label: 0 },
      { text: 'good', place: 'pos/1.txt', label: 1 },
    ]);
    expect(skipped).toEqual([{ file: 'pos/empty.txt', reason: 'empty text' }]);
  });

  it('is refused with a single class, or another than those that are known', async () => {
    await expect(readTexts(join(folder, 'neg'))).rejects.toThrow(
      withMessage(
        `text folder "${join(folder, 'neg')}": expected at least 2 folders, one for each class, received 0. ` +
          'Put the .txt files of each class into a folder of its name.',
      ),
    );
    await expect(readTexts(folder, { labels: ['good', 'neg'] })).rejects.toThrow(
      withMessage(
        `text folder "${folder}": expected folders among good, neg, received "pos". ` +
          'Put the .txt files of each class into a folder of its name.',
      ),
    );
  });

  it('is refused where there is none', async () => {
    await expect(readTexts(join(folder, 'none'))).rejects.toThrow(
      withMessage(
        `text file "${join(folder, 'none')}": expected a table of texts, or a folder with a folder for each class, ` +
          'received no such file. Check the path.',
      ),
    );
  });
});
