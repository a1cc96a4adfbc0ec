import { describe, expect, it } from 'vitest';
import type { PredictReport } from '../use-cases/predict-report.ts';
import { predictionsCsv, predictionsTable } from './prediction-text.ts';

const reportOf = (
  task: PredictReport['task'],
  classNames: readonly string[],
  predictions: PredictReport['predictions'],
): PredictReport => ({ model: 'model.onnx', modality: 'image', task, classNames, predictions });

const classes = reportOf(
  'classification',
  ['x', 'y', 'z'],
  [
    { file: 'a.jpg', label: 'y', probability: 0.625, probabilities: { y: 0.625, x: 0.25, z: 0.125 } },
    { file: 'b.jpg', error: 'not an image' },
  ],
);
const labels = reportOf(
  'multi-label',
  ['x', 'y', 'z'],
  [
    { file: 'a.jpg', labels: ['x', 'z'], probabilities: { z: 0.875, x: 0.75, y: 0.5 } },
    { file: 'b.jpg', labels: [], probabilities: { z: 0.375, x: 0.25, y: 0.125 } },
  ],
);
const values = reportOf(
  'regression',
  ['age', 'size'],
  [{ file: 'a.jpg', values: { age: 31.25, size: 0.0123456 } }],
);

describe('a table of predictions', () => {
  it('of classes has the most probable, and others', () => {
    expect(predictionsTable(classes, undefined).split('\n')).toEqual([
      'file   label  probability  others',
      'a.jpg  y            62.5%  x 25.0%, z 12.5%',
      'b.jpg  error               not an image',
    ]);
    expect(predictionsTable(classes, 1)).toContain('\na.jpg  y            62.5%\n');
  });

  it('of labels has those that are predicted, and others', () => {
    expect(predictionsTable(labels, 1).split('\n')).toEqual([
      'file   labels            others',
      'a.jpg  z 87.5%, x 75.0%  y 50.0%',
      'b.jpg  none              z 37.5%',
    ]);
  });

  it('of values has them by name', () => {
    expect(predictionsTable(values, undefined)).toBe('file     age     size\na.jpg  31.25  0.01235');
  });
});

describe('predictions as CSV', () => {
  it('have all probabilities, in full', () => {
    expect(predictionsCsv(classes)).toBe(
      'file,label,probability,x,y,z,error\na.jpg,y,0.625,0.25,0.625,0.125,\nb.jpg,,,,,,not an image\n',
    );
    expect(predictionsCsv(labels)).toBe(
      'file,labels,x,y,z,error\na.jpg,x|z,0.75,0.5,0.875,\nb.jpg,,0.25,0.125,0.375,\n',
    );
    expect(predictionsCsv(values)).toBe('file,age,size,error\na.jpg,31.25,0.0123456,\n');
  });

  it.each([
    [
      'classification' as const,
      'file,label,probability,probability of error,probability of label,cats,error',
    ],
    ['multi-label' as const, 'file,labels,probability of error,label,cats,error'],
    ['regression' as const, 'file,value of error,label,cats,error'],
  ])('of %s have columns that differ, whatever the classes are called', (task, header) => {
    expect(predictionsCsv(reportOf(task, ['error', 'label', 'cats'], []))).toBe(`${header}\n`);
  });
});
