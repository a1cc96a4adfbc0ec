import { expect, it } from 'vitest';
import { csvLines, distinctColumns } from './csv-lines.ts';

it('puts an apostrophe before what a spreadsheet would compute, and only there', () => {
  const cells = ["=cmd|'/C calc'!A0", '+1', '-1', '@SUM(A1)', '＝1', 'a=1', "'b", '', -0.5, 1e-7, undefined];
  expect(csvLines([cells])).toBe("'=cmd|'/C calc'!A0,'+1,'-1,'@SUM(A1),'＝1,a=1,'b,,-0.5,1e-7,\n");
});

it('writes a row as a line, whatever is in it', () => {
  expect(csvLines([['a\nb', '\x1b[2J', '\t=1', 'c,"d"']])).toBe('a\\nb,\\u001b[2J,\\t=1,"c,""d"""\n');
  expect(csvLines([['a', 1]], { delimiter: ';' })).toBe('a;1\n');
});

it.each([
  [
    ['file', 'label'],
    ['cats', 'dogs'],
    ['cats', 'dogs'],
  ],
  [
    ['file', 'label'],
    ['file', 'label'],
    ['p of file', 'p of label'],
  ],
  [['file'], ['file', 'p of file'], ['p of p of file', 'p of file']],
  [['file'], ['p of file', 'file'], ['p of file', 'p of p of file']],
  [[], ['=x', "'=x"], ['=x', "p of '=x"]],
  [[], ['a\n', 'a\\n'], ['a\n', 'p of a\\n']],
])('beside %j calls columns of %j %j', (taken, names, columns) => {
  expect(distinctColumns(taken, names, 'p of ')).toEqual(columns);
});
