import { describe, expect, it } from 'vitest';
import { composed, findSimilarName, findSimilarNames } from './similar-names.ts';

const NFC = 'K\u00e4se';
const NFD = 'Ka\u0308se';

describe('findSimilarNames', () => {
  it.each([
    [['ants', 'Ants'], 'upper and lower case'],
    [['ants', 'ants '], 'blanks'],
    [['ice cream', 'ice\u00a0cream'], 'blanks'],
    [['ice cream', 'ice  cream'], 'blanks'],
    [['ants', 'ants\u200b'], 'characters that cannot be seen'],
    [['ants', 'an\u00adts'], 'characters that cannot be seen'],
    [['\u2764', '\u2764\ufe0f'], 'characters that cannot be seen'],
    [[NFC, NFD], 'the form of accented letters (Unicode NFC and NFD)'],
    [['class1', 'class\uff11'], 'the width or form of letters'],
    [['ants', 'Ants '], 'blanks and upper and lower case'],
  ])('%j: %s', (names, difference) => {
    const [first, second] = names as [string, string];
    expect(findSimilarNames(['bees', first, 'cats', second])).toEqual({ first, second, difference });
    expect(findSimilarName(second, ['bees', first])).toEqual({ first, second, difference });
  });

  it('keeps names apart that a person keeps apart', () => {
    const names = ['icecream', 'ice cream', 'resume', 'r\u00e9sum\u00e9', 'class1', 'class 1', '1', '01'];
    expect(findSimilarNames(names)).toBeUndefined();
    expect(findSimilarName('cat', ['cat', 'cats'])).toBeUndefined();
  });
});

describe('composed', () => {
  it('makes one name of both Unicode forms', () => {
    expect(new Set([NFC, NFD]).size).toBe(2);
    expect(composed(NFD)).toBe(NFC);
  });
});
