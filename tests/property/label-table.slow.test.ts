/** @file Whatever stands in a table: it is read, or refused with a message; nothing else is thrown. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GraftError } from '../../src/core/errors/graft-error.ts';
import { parseCsvLabels } from '../../src/core/examples/labels/csv-labels.ts';
import { parseCsvTable } from '../../src/core/examples/labels/csv-table.ts';
import { decodeCsvText } from '../../src/core/examples/labels/csv-text.ts';
import { chooseColumns } from '../../src/core/examples/labels/label-columns.ts';

/** True if it was read. */
function reads(bytes: Uint8Array): boolean {
  try {
    const table = parseCsvTable(decodeCsvText(bytes, 'x').text, 'x');
    const columns = chooseColumns(table, {}, 'x');
    const { names, rows } = parseCsvLabels(table, columns, {}, 'x');
    const width = columns.kind === 'class' ? 1 : names.length;
    expect(rows).toHaveLength(table.rows.length);
    for (const row of rows) expect(row).toHaveLength(width);
    return true;
  } catch (error) {
    if (error instanceof GraftError) return false;
    throw error;
  }
}

const cell = fc.constantFrom(
  '',
  '0',
  '1',
  '2,5',
  '3.5',
  'cat',
  'cat|dog',
  '"',
  '"a, b"',
  'ä',
  'x\ny',
  '1e400',
  ' ',
);
const line = (separator: string) =>
  fc.array(cell, { minLength: 1, maxLength: 4 }).map((cells) => cells.join(separator));
const table = fc
  .constantFrom(',', ';', '\t')
  .chain((separator) =>
    fc
      .tuple(
        fc.constantFrom('file,label', 'file,labels', 'image,x', 'file,x,y', 'file', 'label,file,__proto__'),
        fc.array(line(separator), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n', '\r'),
      )
      .map(([header, lines, end]) => [header.replaceAll(',', separator), ...lines].join(end)),
  );

it('tables of all sorts of cells', () => {
  let read = 0;
  fc.assert(
    fc.property(table, fc.constantFrom<BufferEncoding>('utf8', 'utf16le', 'latin1'), (text, encoding) => {
      if (reads(Buffer.from(text, encoding))) read++;
    }),
    { numRuns: 1000 },
  );
  expect(read).toBeGreaterThan(0);
});

it('bytes of all sorts', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      reads(bytes);
    }),
  );
});
