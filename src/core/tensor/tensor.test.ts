import { expect, it } from 'vitest';
import { integers } from './tensor.ts';

it('keeps "to the end" of files, which no number holds, as the largest int64', () => {
  expect([...integers([Number(2n ** 63n - 1n), -3]).data]).toEqual([2n ** 63n - 1n, -3n]);
});
