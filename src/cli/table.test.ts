import stringWidth from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import { table, tableWidth } from './table.ts';

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => stringWidth(line)));

describe('table', () => {
  it('aligns numbers to the right, and has one line a row, whatever is in a cell', () => {
    expect(
      table(
        ['na\x1bme', 'n', 'p'],
        [
          ['a\nb', 1, '98.4%'],
          ['c', 1000, 'n/a'],
        ],
      ),
    ).toBe(['na\\u001bme     n      p', 'a\\nb           1  98.4%', 'c           1000    n/a'].join('\n'));
  });

  it('leaves out what may be left out where there is no room, the least important first', () => {
    const header = ['name', 'loss', 'seconds'];
    const rows = [['a'.repeat(10), '0.25', '12 s']];
    const headAt = (width: number): string =>
      table(header, rows, { width, optional: ['seconds', 'loss'] }).split('\n')[0]!;
    expect([headAt(25), headAt(24), headAt(15)]).toEqual([
      'name        loss  seconds',
      'name        loss',
      'name',
    ]);
  });

  it('breaks its widest column where nothing may be left out, and cuts nothing', () => {
    const path = `photos/${'very-long-name-'.repeat(6)}1.jpg`;
    const drawn = table(
      ['file', 'label'],
      [
        [path, 'cats'],
        ['b.jpg', 'dogs'],
      ],
      { width: 40 },
    );
    expect(widest(drawn)).toBeLessThanOrEqual(40);
    const firstColumn = drawn.split('\n').map((line) => line.slice(0, 33).trim());
    expect(firstColumn.join('')).toContain(path);
    expect(drawn).not.toContain('…');
  });

  it('breaks text between words where that is enough', () => {
    const rows = [['book', 'all that a person has to know of it']];
    expect(table(['name', 'what it is'], rows, { width: 24 }).split('\n')).toEqual([
      'name  what it is',
      'book  all that a person',
      '      has to know of it',
    ]);
  });

  it('counts the columns of wide characters', () => {
    expect(tableWidth(['犬', 'n'], [['猫', 1]])).toBe(5);
  });
});
