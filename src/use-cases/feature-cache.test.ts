import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { cacheLimit } from './feature-cache.ts';

describe('cacheLimit', () => {
  it.each([
    [undefined, 10e9],
    ['', 10e9],
    ['20GB', 20e9],
    [' 1.5 tb ', 1.5e12],
    ['1MB', 1e6],
    ['2500KB', 2.5e6],
  ])('%s', (text, bytes) => {
    expect(cacheLimit(text)).toBe(bytes);
  });

  it.each(['20', '20 gigs', 'GB', '-1GB', '1e3GB', '0.5MB', '20GB!', '20GiB', '1.GB', '999999999TB', '0GB'])(
    'not %s',
    (text) => {
      expect(() => cacheLimit(text)).toThrow(
        withMessage(
          `GRAFT_CACHE_LIMIT: expected a size of at least 1MB, such as 20GB or 1.5TB, received "${text}". Give a number and one of KB, MB, GB, TB.`,
        ),
      );
    },
  );
});
