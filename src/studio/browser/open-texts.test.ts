import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { requireLines, requireSize } from './open-texts.ts';

describe('a page', () => {
  it('takes no more texts than it can hold, and says so', () => {
    requireSize('table "a.csv"', 128e6);
    expect(() => requireSize('table "a.csv"', 128e6 + 1)).toThrow(
      withMessage(
        'table "a.csv": expected at most 128 MB, as much as a page can hold, received 129 MB. Open it with graft studio on a machine, or split it.',
      ),
    );
    const lines = new TextEncoder().encode('text,label\na,b\nc,d\n');
    requireLines('a.csv', lines, 3);
    expect(() => requireLines('a.csv', lines, 2)).toThrow(
      withMessage(
        'table "a.csv": expected at most 2 lines, as much as a page can hold, received 3. Open it with graft studio on a machine, or split it.',
      ),
    );
  });
});
