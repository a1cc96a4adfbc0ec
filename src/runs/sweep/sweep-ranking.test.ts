import { describe, expect, it } from 'vitest';
import { classificationReport } from '../../core/evaluation/classification-report.ts';
import { DEFAULT_RECIPE, recipeSchema } from '../../recipe/recipe.ts';
import { rank, type SweepRow } from './sweep-ranking.ts';

const IMAGES = 60;

/** A row that is wrong on some images. */
function row(cut: string, wrong: readonly number[], loss = 1): SweepRow {
  const right = new Uint8Array(IMAGES).fill(1);
  for (const image of wrong) right[image] = 0;
  const probabilities = Float32Array.from([...right].flatMap((each) => [each, 1 - each]));
  const metrics = classificationReport(probabilities, new Uint8Array(IMAGES), ['a', 'b']);
  return {
    recipe: recipeSchema.parse({ ...DEFAULT_RECIPE, task: 'classification', cut, sizePx: 64 }),
    parameters: { total: 10, trainable: 1 },
    seconds: 1,
    validation: { ...metrics, loss },
    right,
    folds: undefined,
    epochs: 1,
    bestEpoch: 1,
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('rank', () => {
  const rows = [
    row('far', range(0, 20)),
    row('second', [50, 51], 0.5),
    row('near', range(38, 48)),
    row('best', [58, 59], 0.25),
  ];
  const ranked = rank(rows, 1);

  it('goes by accuracy, and by loss where that is equal', () => {
    expect(ranked.rows.map(({ recipe }) => recipe.cut)).toEqual(['best', 'second', 'near', 'far']);
  });

  it('compares each with the best on the same images, and corrects for all comparisons', () => {
    const [best, second, near, far] = ranked.rows.map(({ difference }) => difference);
    expect(best).toBeUndefined();
    // Two against two, ten against two, twenty against two, each by 2 * P(at most so many heads).
    expect(second!.pValue).toBeAllClose(1, { atol: 1e-12, rtol: 0 });
    expect(near!.pValue).toBeAllClose((2 * (1 + 12 + 66)) / 2 ** 12, { atol: 1e-12, rtol: 0 });
    expect(far!.pValue).toBeAllClose((2 * (1 + 22 + 231)) / 2 ** 22, { atol: 1e-12, rtol: 0 });
    expect(far!.adjustedPValue).toBeAllClose(3 * far!.pValue, { atol: 1e-12, rtol: 0 });
    expect(near!.adjustedPValue).toBeAllClose(2 * near!.pValue, { atol: 1e-12, rtol: 0 });
    expect([second, near, far].map((each) => each!.isWorse)).toEqual([false, false, true]);
  });

  it('expects less of the best than it had on the images that it was chosen by', () => {
    expect(ranked.expected!.accuracy).toBeLessThan(58 / 60);
    expect(ranked.expected!.accuracy).toBeGreaterThan(0.9);
  });

  it('has nothing to compare of one row, or of none', () => {
    expect(rank([rows[0]!], 1)).toEqual({
      rows: [{ ...rows[0]!, difference: undefined }],
      expected: undefined,
    });
    expect(rank([], 1)).toEqual({ rows: [], expected: undefined });
  });
});
