import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import type { ModelInfo } from '../artifacts/model-info.ts';
import { predictionForm } from './prediction-form.ts';

/** What a form looks at. */
const info = (task: ModelInfo['task'], classes: readonly string[]): ModelInfo =>
  ({ task, classes, ...(task === 'multi-label' && { threshold: 0.5 }) }) as unknown as ModelInfo;
const file = 'a.jpg';

describe('predictionForm', () => {
  it('of classes tells the most probable first', () => {
    const form = predictionForm(info(undefined, ['x', 'y', 'z']), { top: 2 });
    const prediction = { file, values: [0.25, 0.625, 0.125] };
    expect(form.document(prediction)).toEqual({
      file,
      label: 'y',
      probability: 0.625,
      probabilities: { y: 0.625, x: 0.25 },
    });
    expect([form.columns, form.csvCells(prediction)]).toEqual([
      ['label', 'probability', 'x', 'y', 'z'],
      ['y', 0.625, 0.25, 0.625, ''],
    ]);
    expect(form.cells(prediction)).toEqual(['y', '62.5 %', 'x 25.0 %']);
  });

  it('of labels tells those above the threshold', () => {
    const values = [0.75, 0.5, 0.875];
    const form = predictionForm(info('multi-label', ['x', 'y', 'z']), { top: undefined });
    expect(form.document({ file, values })).toEqual({
      file,
      labels: ['x', 'z'],
      probabilities: { z: 0.875, x: 0.75, y: 0.5 },
    });
    expect(form.csvCells({ file, values })).toEqual(['x|z', 0.75, 0.5, 0.875]);
    expect(form.cells({ file, values })).toEqual(['z 87.5 %, x 75.0 %', 'y 50.0 %']);
    const strict = predictionForm(info('multi-label', ['x', 'y', 'z']), { top: 1, threshold: 0.9 });
    expect(strict.cells({ file, values })).toEqual(['none', 'z 87.5 %']);
    expect(strict.document({ file, values })).toEqual({ file, labels: [], probabilities: { z: 0.875 } });
  });

  it('of numbers tells them', () => {
    const form = predictionForm(info('regression', ['age', 'size']), { top: undefined });
    const values = [31.25, 0.0123456];
    expect(form.document({ file, values })).toEqual({ file, numbers: { age: 31.25, size: 0.0123456 } });
    expect([form.headings, form.cells({ file, values })]).toEqual([
      ['age', 'size'],
      ['31.25', '0.01235'],
    ]);
    expect([form.columns, form.csvCells({ file, values })]).toEqual([['age', 'size'], values]);
  });

  it.each([
    [undefined, ['label', 'probability', 'probability of error', 'probability of label', 'cats']],
    ['multi-label' as const, ['labels', 'probability of error', 'label', 'cats']],
    ['regression' as const, ['value of error', 'label', 'cats']],
  ])('of task %s has columns that differ, whatever the classes are called', (task, columns) => {
    const form = predictionForm(info(task, ['error', 'label', 'cats']), { top: undefined });
    expect(form.columns).toEqual(columns);
    expect(form.csvCells({ file, values: [0.75, 0.125, 0.0625] })).toHaveLength(columns.length);
  });

  it.each([
    [
      undefined,
      { top: undefined, threshold: 0.4 },
      'a model of labels, for --threshold, received one of classes',
    ],
    [
      'regression' as const,
      { top: undefined, threshold: 0.4 },
      'a model of labels, for --threshold, received one of numbers',
    ],
    ['regression' as const, { top: 2 }, 'a model of classes or labels, for --top, received one of numbers'],
  ])('%#: refuses a flag of other models', (task, options, text) => {
    expect(() => predictionForm(info(task, ['x', 'y']), options)).toThrow(
      withMessage(`graft predict: expected ${text}. Leave it out.`),
    );
  });
});
