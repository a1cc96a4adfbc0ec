import { expect, it } from 'vitest';
import { detectDecimalMark, numberIn, unclearMark, yesOrNoIn } from './csv-numbers.ts';

it.each([
  ['12', 12],
  ['-1.5', -1.5],
  ['+.5', 0.5],
  ['3.', 3],
  ['1e-3', 1e-3],
  ['', undefined],
  ['nan', undefined],
  ['Infinity', undefined],
  ['1e39', undefined],
  ['0x10', undefined],
  ['1 000', undefined],
  ['1,5', undefined],
  ['1.234.567', undefined],
])('reads %j with a point as %s', (cell, value) => {
  expect(numberIn(cell, '.')).toBe(value);
});

it.each([
  ['1,5', 1.5],
  ['-,5', -0.5],
  ['12', 12],
  ['1.5', undefined],
  ['1.234,5', undefined],
  ['1,2,3', undefined],
])('reads %j with a comma as %s', (cell, value) => {
  expect(numberIn(cell, ',')).toBe(value);
});

it('takes a comma for the decimal mark only where nothing speaks against it', () => {
  expect(detectDecimalMark(['1,5', '2', 'x.y'], ';')).toBe(',');
  expect(detectDecimalMark(['1,5', '2.5'], ';')).toBe('.');
  expect(detectDecimalMark(['1,5'], ',')).toBe('.');
});

it.each([
  [['1,234', '12,500', '950'], 0],
  [['950', '-1.234', '+999.000'], 1],
  [['950', '12'], undefined],
  [['1.234', '0.512'], undefined],
  [['1.234', '01.234'], undefined],
  [['1.234', '1234.567'], undefined],
  [['1.234', '12.5'], undefined],
  [['1.234', '1.2345'], undefined],
  [['1.234', '1.234e2'], undefined],
  [['1.234', '3.'], undefined],
])('of %j, finds the first mark that may part thousands where no number tells: %s', (cells, index) => {
  expect(unclearMark(cells)).toBe(index);
});

it('knows yes and no as programs write them', () => {
  expect(['1', '1.0', 'True', '0', '0,0', 'FALSE'].map(yesOrNoIn)).toEqual([1, 1, 1, 0, 0, 0]);
  for (const cell of ['', '2', '-1', '0.5', 'yes', '10']) expect(yesOrNoIn(cell)).toBeUndefined();
});
