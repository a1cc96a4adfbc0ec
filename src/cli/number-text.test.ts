import { expect, it } from 'vitest';
import {
  duration,
  formatCount,
  metricText,
  percent,
  percentInterval,
  percentOrNone,
  rateText,
  short,
  valueInterval,
} from './number-text.ts';

it('writes counts, fractions and intervals as the field does', () => {
  expect([formatCount(1, 'epoch'), formatCount(0, 'image'), formatCount(11_500, 'image')]).toEqual([
    '1 epoch',
    '0 images',
    '11,500 images',
  ]);
  expect([percent(0.984), percent(1), percentOrNone(null)]).toEqual(['98.4%', '100.0%', 'n/a']);
  expect([percentInterval([0.972, 0.998]), valueInterval([0.2, 12_345.678])]).toEqual([
    '[97.2, 99.8]',
    '[0.2, 12350]',
  ]);
  expect(short(0.0123456)).toBe('0.01235');
});

it('gives a rate two digits where it is small, and never none', () => {
  expect([1234.5, 12.34, 9.94, 0.4, 0.0512].map(rateText)).toEqual(['1,235', '12', '9.9', '0.4', '0.051']);
});

it('writes durations from tenths of a second to hours', () => {
  expect([0.04, 9.94, 9.96, 59.4, 125, 3599, 4800, 7199].map(duration)).toEqual([
    '0.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '2 min 05 s',
    '59 min 59 s',
    '1 h 20 min',
    '2 h 00 min',
  ]);
});

it.each([
  ['val_accuracy', 0.964, '96.4%'],
  ['recall', 0.5, '50.0%'],
  ['f1_score', 0.98251, '0.983'],
  ['auc', 0.5, '0.500'],
  ['loss', 0.084123, '0.0841'],
  ['val_loss', 123_456.7, '123500'],
  ['mae', 12.3456, '12.35'],
])('writes %s %d as %s', (name, value, text) => {
  expect(metricText(name, value)).toBe(text);
});
