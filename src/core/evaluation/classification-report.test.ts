import { describe, expect, it } from 'vitest';
import {
  ClassificationTally,
  classificationReport,
  correctPredictions,
  pooledMetrics,
} from './classification-report.ts';

describe('classificationReport', () => {
  // Truth 0 0 0 1 1 2, predictions 0 0 1 1 0 2.
  const probabilities = Float32Array.from(
    [
      [0.8, 0.1, 0.1],
      [0.5, 0.3, 0.2],
      [0.25, 0.5, 0.25],
      [0.2, 0.6, 0.2],
      [0.7, 0.2, 0.1],
      [0.1, 0.2, 0.7],
    ].flat(),
  );
  const metrics = classificationReport(probabilities, [0, 0, 0, 1, 1, 2], ['a', 'b', 'c']);

  it('counts the confusion by truth, then prediction', () => {
    expect(metrics.confusion).toEqual([
      [2, 1, 0],
      [1, 1, 0],
      [0, 0, 1],
    ]);
  });

  // sklearn.metrics.precision_recall_fscore_support([0,0,0,1,1,2], [0,0,1,1,0,2])
  it('gives the metrics that scikit-learn gives', () => {
    expect(metrics.classes.map(({ precision }) => precision)).toBeAllClose([2 / 3, 0.5, 1], {
      atol: 1e-12,
      rtol: 0,
    });
    expect(metrics.classes.map(({ recall }) => recall)).toBeAllClose([2 / 3, 0.5, 1], {
      atol: 1e-12,
      rtol: 0,
    });
    expect(metrics.classes.map(({ f1 }) => f1)).toBeAllClose([2 / 3, 0.5, 1], { atol: 1e-12, rtol: 0 });
    expect(metrics.classes.map(({ support }) => support)).toEqual([3, 2, 1]);
    expect(metrics.accuracy).toBeCloseTo(4 / 6, 12);
  });

  it('averages the cross-entropy of the right class', () => {
    const right = [0.8, 0.5, 0.25, 0.6, 0.2, 0.7];
    const expected = right.reduce((sum, p) => sum - Math.log(p), 0) / 6;
    expect([metrics.loss]).toBeAllClose([expected], { atol: 1e-6, rtol: 0 });
  });

  it('keeps the loss finite where the right class was given no probability', () => {
    expect(classificationReport(Float32Array.of(1, 0), [1], ['a', 'b']).loss).toBeCloseTo(16.118, 3);
  });

  it('are the same of predictions that come in parts', () => {
    const tally = new ClassificationTally(['a', 'b', 'c']);
    tally.add(probabilities.subarray(0, 12), [0, 0, 0, 1]);
    const early = tally.metrics();
    tally.add(probabilities.subarray(12), [1, 2]);
    expect(tally.metrics()).toStrictEqual(metrics);
    expect(early.images).toBe(4);
    expect(early.confusion[1]).toEqual([0, 1, 0]);
  });

  it('has no recall of a class without images, and no F1 where it was not predicted either', () => {
    const { classes, balancedAccuracy, macroF1, baseline } = classificationReport(
      Float32Array.of(1, 0, 0, 0.4, 0.6, 0),
      [0, 0],
      ['a', 'b', 'c'],
    );
    expect(classes).toEqual([
      { label: 'a', precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
      { label: 'b', precision: 0, recall: null, f1: 0, support: 0 },
      { label: 'c', precision: 0, recall: null, f1: null, support: 0 },
    ]);
    expect({ balancedAccuracy, macroF1, baseline }).toEqual({
      balancedAccuracy: 0.5,
      macroF1: 1 / 3,
      baseline: 1,
    });
  });

  it('gives 0 for a class that was never predicted', () => {
    const { classes } = classificationReport(Float32Array.of(1, 0, 1, 0), [0, 1], ['a', 'b']);
    expect(classes[1]).toEqual({ label: 'b', precision: 0, recall: 0, f1: 0, support: 1 });
  });
});

describe('metrics of several sets', () => {
  const classes = ['a', 'b'];
  const probabilities = Float32Array.from([0.9, 0.1, 0.4, 0.6, 0.2, 0.8, 0.7, 0.3, 0.5, 0.5]);
  const labels = [0, 0, 1, 1, 1];

  it('pooled are those of all images at once', () => {
    const all = classificationReport(probabilities, labels, classes);
    const parts = [
      classificationReport(probabilities.subarray(0, 4), labels.slice(0, 2), classes),
      classificationReport(probabilities.subarray(4), labels.slice(2), classes),
      classificationReport(new Float32Array(0), [], classes),
    ];
    const pooled = pooledMetrics(parts);
    expect(pooled).toEqual({ ...all, loss: pooled.loss });
    expect(pooled.loss).toBeAllClose(all.loss, { atol: 1e-12, rtol: 0 });
  });

  it('says which answers are right, the first of equal probabilities being the answer', () => {
    expect([...correctPredictions(probabilities, labels, 2)]).toEqual([1, 0, 1, 0, 0]);
  });
});
