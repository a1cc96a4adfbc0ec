import { describe, expect, it } from 'vitest';
import { NameScope } from './name-scope.ts';

describe('NameScope', () => {
  it('counts as Keras does', () => {
    const scope = new NameScope();
    expect(['dense', 'dense', 'dense'].map((base) => scope.next(base))).toEqual([
      'dense',
      'dense_1',
      'dense_2',
    ]);
    expect([scope.claim('head'), scope.claim('head')]).toEqual([true, false]);
  });

  it('gives back what was taken after a mark, and nothing else', () => {
    const scope = new NameScope();
    scope.next('dense');
    const giveBack = scope.mark();
    scope.next('dense');
    scope.claim('head');
    giveBack();
    expect(scope.next('dense')).toBe('dense_1');
    expect([scope.claim('head'), scope.claim('dense')]).toEqual([true, false]);
  });
});
