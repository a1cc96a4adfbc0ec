import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { FileBudget } from './file-budget.ts';

const WHERE = 'weights "a.h5"';

describe('FileBudget', () => {
  it('leaves room for real files: int8 as float32 is four times as large', () => {
    // VGG16 in float32, in 8 bits, and what 550 MB would come to.
    for (const fileBytes of [553_467_096, 138_000_000]) {
      const budget = new FileBudget(fileBytes, { where: WHERE });
      budget.take(553_467_096, 'its weights');
    }
    // The smallest file holds tables and masks.
    new FileBudget(1000, { where: WHERE }).take(30_000_000, 'constants');
  });

  it('grows with the file and with those that belong to it, and not with claims', () => {
    const budget = new FileBudget(1_000_000, { where: WHERE });
    expect(budget.limitBytes).toBe(32 * 2 ** 20 + 32_000_000);
    budget.take(60_000_000, '"a"');
    expect(() => budget.take(6_000_000, '"b"')).toThrow(
      withMessage(
        `${WHERE}: expected at most 65.6 MB in a file of 1.0 MB, received 66.0 MB with "b". ` +
          'The file is damaged, or made to fill the memory: fetch it again.',
      ),
    );
    budget.addFile(1_000_000);
    budget.take(6_000_000, '"b"');
  });

  it('refuses what is no size, with its own code', () => {
    for (const bytes of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 70]) {
      const budget = new FileBudget(0, { where: 'model', code: 'model-file' });
      expect(budget.tryTake(bytes)).toBe(false);
      expect(() => budget.take(bytes, '"x"')).toThrow(
        expect.objectContaining({
          code: 'model-file',
          message:
            'model: expected at most 33.6 MB in a file of 0 bytes, received an absurd size with "x". ' +
            'The file is damaged, or made to fill the memory: fetch it again.',
        }),
      );
    }
  });
});
