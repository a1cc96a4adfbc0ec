import { expect, it } from 'vitest';
import { decimalMarkOf, numberIn, yesOrNoIn } from './csv-numbers.ts';

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
  expect(decimalMarkOf(['1,5', '2', 'x.y'], ';')).toBe(',');
  expect(decimalMarkOf(['1,5', '2.5'], ';')).toBe('.');
  expect(decimalMarkOf(['1,5'], ',')).toBe('.');
});

it('knows yes and no as programs write them', () => {
  expect(['1', '1.0', 'True', '0', '0,0', 'FALSE'].map(yesOrNoIn)).toEqual([1, 1, 1, 0, 0, 0]);
  for (const cell of ['', '2', '-1', '0.5', 'yes', '10']) expect(yesOrNoIn(cell)).toBeUndefined();
});
