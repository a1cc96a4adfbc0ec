/** @file Texts are divided as images are: each class in its part, copies and groups on one side. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { gatherTexts } from './text-sets.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-texts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, rows: readonly string[], header = 'text,label'): string {
  const path = join(folder, name);
  writeFileSync(path, `${[header, ...rows].join('\n')}\n`);
  return path;
}

const ASKED = { validation: null, group: null, seed: 1 } as const;
const rows = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `text number ${index},${index % 2 ? 'odd' : 'even'}`);

describe('gatherTexts', () => {
  it('keeps a tenth of each class to validate on', async () => {
    const sets = await gatherTexts(write('a.csv', rows(40)), ASKED);
    expect(sets).toMatchObject({
      modality: 'text',
      task: 'classification',
      classNames: ['even', 'odd'],
      isSplit: true,
      validationSource: '10% of each class',
      test: undefined,
    });
    expect([sets.train.length, sets.validation.length]).toEqual([36, 4]);
    expect(sets.train[0]).toMatchObject({ text: 'text number 0', file: 'a.csv, line 2', label: 0 });
  });

  it('keeps copies of a text on one side', async () => {
    const copies = Array.from({ length: 10 }, () => 'the same,even');
    const { train, validation, known } = await gatherTexts(write('b.csv', [...rows(20), ...copies]), {
      ...ASKED,
      validation: 0.3,
    });
    const sides = [train, validation].map((side) => side.filter(({ text }) => text === 'the same').length);
    expect(sides.toSorted((a, b) => a - b)).toEqual([0, 10]);
    expect([...known!.identical]).toHaveLength(1);
  });

  it('keeps texts of one group on one side', async () => {
    const grouped = rows(24).map((row, index) => `${row},person ${Math.floor(index / 4)}`);
    const { train, validation } = await gatherTexts(write('c.csv', grouped, 'text,label,person'), {
      ...ASKED,
      validation: 0.3,
      group: 'person',
    });
    const groups = [train, validation].map((side) => new Set(side.map(({ group }) => group)));
    expect([...groups[0]!].filter((group) => groups[1]!.has(group))).toEqual([]);
    expect(validation.length).toBeGreaterThan(0);
  });

  it('takes another table to validate on, by the same names', async () => {
    const [train, other] = [write('d.csv', rows(10)), write('e.csv', ['new one,odd'])];
    const sets = await gatherTexts(train, { ...ASKED, validation: other });
    expect(sets.validation).toMatchObject([{ text: 'new one', label: 1 }]);
    expect(sets.warnings).toEqual([
      `The text file "${other}" has no texts of "even": nothing tells how well that is recognized.`,
    ]);
  });

  it('refuses a class of one text, and a group that is no column', async () => {
    await expect(gatherTexts(write('f.csv', [...rows(10), 'alone here,rare']), ASKED)).rejects.toThrow(
      withMessage(
        'split of class "rare": expected at least 2 texts, one to train and one to validate, received 1. ' +
          'Add texts, or give a table to validate on (--validation).',
      ),
    );
    const path = write('g.csv', rows(10));
    await expect(gatherTexts(path, { ...ASKED, group: '^a' })).rejects.toThrow(
      withMessage(
        `text file "${path}": expected a column "^a", received "text", "label". Name the column so in the first line.`,
      ),
    );
  });
});
