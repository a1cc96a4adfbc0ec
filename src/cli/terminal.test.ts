import { expect, it } from 'vitest';
import { countOf } from './terminal.ts';

it('counts one, none and many as people write them', () => {
  expect(countOf(1, 'epoch')).toBe('1 epoch');
  expect(countOf(0, 'picture')).toBe('0 pictures');
  expect(countOf(11_500, 'picture')).toBe('11,500 pictures');
});
