import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../../tests/support/saying.ts';
import { parseCsvTable } from './csv-table.ts';

const WHERE = 'label file "x.csv"';
const read = (text: string) => parseCsvTable(text, WHERE);

describe('parseCsvTable', () => {
  it.each([
    [',', 'file,label'],
    [';', 'file;label, or what it is'],
    ['\t', 'file\tlabel'],
    [',', '"file;name;of;it",label'],
  ])('finds the separator %j of %j', (separator, header) => {
    const table = read(`${header}\na.jpg${separator}cat\n`);
    expect(table.separator).toBe(separator);
    expect(table.rows).toEqual([{ line: 2, cells: ['a.jpg', 'cat'] }]);
  });

  it.each(['\n', '\r\n', '\r'])('takes lines that end with %j, the last one with nothing', (end) => {
    const { columns, rows } = read(['file,label', 'a.jpg,cat', 'b.jpg,dog'].join(end));
    expect(columns).toEqual(['file', 'label']);
    expect(rows).toEqual([
      { line: 2, cells: ['a.jpg', 'cat'] },
      { line: 3, cells: ['b.jpg', 'dog'] },
    ]);
  });

  it('takes quotes, with separators, quotes and line ends inside', () => {
    expect(read('file,label\n"a, b.jpg","say ""cat"""\n"c.jpg","two\nlines"\nd.jpg,x\n').rows).toEqual([
      { line: 2, cells: ['a, b.jpg', 'say "cat"'] },
      { line: 4, cells: ['c.jpg', 'two\nlines'] },
      { line: 5, cells: ['d.jpg', 'x'] },
    ]);
  });

  it('passes over blanks around cells, empty lines, and what spreadsheets leave at the edges', () => {
    expect(read('\nfile , label\n\n a.jpg, cat ,,\n,\n  \nb.jpg,\n')).toEqual({
      separator: ',',
      columns: ['file', 'label'],
      rows: [
        { line: 4, cells: ['a.jpg', 'cat'] },
        { line: 7, cells: ['b.jpg', ''] },
      ],
    });
  });

  it.each(['\n', '\r\n'])('counts the lines behind a cell with a blank before its quotes, with %j', (end) => {
    const { rows } = read(['file,label', '"a, b","say ""x"""', 'a.jpg, "b, c"', '', 'd,y'].join(end));
    expect(rows).toEqual([
      { line: 2, cells: ['a, b', 'say "x"'] },
      { line: 3, cells: ['a.jpg', 'b, c'] },
      { line: 5, cells: ['d', 'y'] },
    ]);
  });

  it("obeys Excel's line about the separator, and counts it", () => {
    const { separator, rows } = read('sep=;\r\nfile;label\r\na.jpg;cat, or not\r\n');
    expect(separator).toBe(';');
    expect(rows).toEqual([{ line: 3, cells: ['a.jpg', 'cat, or not'] }]);
  });

  it.each([
    ['', 'an empty file'],
    ['\n \n', 'an empty file'],
    ['file,label\n', 'the line of column names alone'],
    ['file,label\n,\n', 'the line of column names alone'],
  ])('refuses a table without lines: %j', (text, received) => {
    expect(() => read(text)).toThrow(
      withMessage(
        `${WHERE}: expected a line of column names, then one line for each image, received ${received}. ` +
          'Write "file,label" in the first line, and "photo1.jpg,cat" below it.',
      ),
    );
  });

  it('refuses one column alone', () => {
    expect(() => read('file label\na.jpg cat\n')).toThrow(
      withMessage(
        `${WHERE}: expected at least 2 columns, separated by comma, semicolon or tab, received 1 ("file label"). ` +
          'The first line names the columns: "file,label".',
      ),
    );
    expect(() => read(`${'x'.repeat(80)}\n1\n`)).toThrow(
      withMessage(
        `${WHERE}: expected at least 2 columns, separated by comma, semicolon or tab, received 1 ("${'x'.repeat(57)}..."). ` +
          'The first line names the columns: "file,label".',
      ),
    );
  });

  it('refuses two columns of one name', () => {
    expect(() => read('file,label,label\na,b,c\n')).toThrow(
      withMessage(
        `${WHERE}: expected columns of different names, received "label" twice. Rename one of them.`,
      ),
    );
  });

  it('refuses lines of another width', () => {
    for (const [line, count] of [
      ['b.jpg', 1],
      ['b, c.jpg,cat', 3],
    ] as const) {
      expect(() => read(`file,label\na.jpg,cat\n${line}\n`)).toThrow(
        withMessage(
          `${WHERE}, line 3: expected 2 cells, as many as there are column names, received ${count}. ` +
            'Put cells that contain the separator into double quotes.',
        ),
      );
    }
  });

  it.each([
    ['file,label\n"a.jpg,cat\nb.jpg,dog\n', 'a quote that never ends, noticed in line 3'],
    ['file,label\na.jpg,5" pipe\n', 'a quote out of place in line 2'],
    ['sep=,\nfile,label\na.jpg,"5"" pipe"s\n', 'a quote out of place in line 3'],
  ])('refuses quotes that do not fit: %j', (text, received) => {
    expect(() => read(text)).toThrow(
      withMessage(
        `${WHERE}: expected cells in double quotes to begin and end with one, received ${received}. ` +
          'Write a quote inside a cell twice: "5"" pipe".',
      ),
    );
  });
});
