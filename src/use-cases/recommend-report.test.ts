import { describe, expect, it } from 'vitest';
import { type BackboneResult, findFaster, rankBackbones } from './recommend-report.ts';

function result(backbone: string, hits: number, loss: number, msPerImage: number | null): BackboneResult {
  const right = Uint8Array.from({ length: 100 }, (_, i) => (i < hits ? 1 : 0));
  return {
    backbone,
    cut: 'cut',
    sizePx: 224,
    maxTokens: null,
    loss,
    right,
    cost: { msPerImage, modelBytes: 4 },
  };
}

describe('rankBackbones', () => {
  it('puts the most accurate first, and of those alike the one of the least loss', () => {
    const ranked = rankBackbones([result('a', 90, 0.4, 1), result('b', 95, 0.3, 1), result('c', 95, 0.2, 1)]);
    expect(ranked.map(({ backbone }) => backbone)).toEqual(['c', 'b', 'a']);
    expect(ranked[0]).toEqual({
      backbone: 'c',
      cut: 'cut',
      sizePx: 224,
      maxTokens: null,
      loss: 0.2,
      cost: { msPerImage: 1, modelBytes: 4 },
      accuracy: 0.95,
      interval: [expect.closeTo(0.8882, 3), expect.closeTo(0.9785, 3)],
      images: 100,
      adjustedPValue: null,
      isWorse: false,
    });
  });

  it('says which are worse by more than chance', () => {
    const ranked = rankBackbones([result('a', 70, 0.4, 1), result('b', 95, 0.3, 1), result('c', 94, 0.2, 1)]);
    expect(ranked.map(({ backbone, isWorse }) => [backbone, isWorse])).toEqual([
      ['b', false],
      ['c', false],
      ['a', true],
    ]);
  });
});

describe('findFaster', () => {
  it('finds a network that is as good in half the time', () => {
    const [slow, fast, faster] = [result('s', 95, 0.2, 10), result('f', 94, 0.3, 5), result('g', 60, 1, 1)];
    expect(findFaster(rankBackbones([slow, fast, faster]))).toBe('f');
    expect(findFaster(rankBackbones([slow, faster]))).toBeNull();
    expect(findFaster(rankBackbones([slow, result('n', 94, 0.3, null)]))).toBeNull();
  });
});
