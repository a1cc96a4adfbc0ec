import { describe, expect, it } from 'vitest';
import { thresholdCurves } from './threshold-curves.ts';

describe('threshold curves', () => {
  it('are those of scikit-learn, ties and all', () => {
    // sklearn 1.9.1: roc_auc_score, average_precision_score, roc_curve(drop_intermediate=False), precision_recall_curve
    const scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.05, 0.8];
    const positive = [false, true, false, true, false, true, false, false];
    const curves = thresholdCurves(scores, positive)!;
    expect(curves.auc).toBeCloseTo(13 / 15, 12);
    expect(curves.averagePrecision).toBeCloseTo(1 / 3 + (1 / 3) * (2 / 3) + (1 / 3) * (3 / 5), 12);
    expect(curves.points.map(({ threshold }) => threshold)).toEqual([0.9, 0.8, 0.4, 0.35, 0.1, 0.05]);
    expect(curves.points.map(({ recall }) => recall)).toBeAllClose([1 / 3, 2 / 3, 1, 1, 1, 1], {
      atol: 1e-12,
      rtol: 0,
    });
    expect(curves.points.map(({ falsePositiveRate }) => falsePositiveRate)).toBeAllClose(
      [0, 0.2, 0.4, 0.6, 0.8, 1],
      {
        atol: 1e-12,
        rtol: 0,
      },
    );
  });

  it('are none where there is nothing to tell apart', () => {
    expect(thresholdCurves([0.1, 0.9], [true, true])).toBeUndefined();
    expect(thresholdCurves([], [])).toBeUndefined();
  });
});
