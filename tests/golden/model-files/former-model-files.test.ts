/**
 * @file Model files that earlier versions wrote, with the words that they had: `classes`, `images`, `numbers`, `licence`. They
 * were written by `writeModelFile` of the commit before the words changed; both give the mean of each channel.
 */

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Classifier } from '../../../src/node/artifacts/classifier.ts';
import { plainImage } from '../../support/image-folder.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

describe('a model file of an earlier version', () => {
  it('of format 1, of classes, is read and predicts', async () => {
    const classifier = await Classifier.open(path('classes-format-1.onnx'));
    const metrics = { examples: 4, loss: 0.5, accuracy: 0.75, interval: [0.3, 0.95] };
    expect(classifier.classNames).toEqual(['red', 'green', 'blue']);
    expect(classifier.file.info).toMatchObject({
      formatVersion: 1,
      backbone: { name: 'x', source: 'npm', license: 'MIT' },
      recipe: { task: 'classification', clip: { type: 'norm', limit: 1 } },
      train: metrics,
      validation: metrics,
      test: metrics,
    });
    const { label, probabilities } = await classifier.predict(await plainImage('#00ff00'));
    expect(label).toBe('green');
    expect(probabilities['green']).toBeGreaterThan(0.9);
    await classifier.dispose();
  });

  it('of format 2, of values with the output "numbers", is read and predicts', async () => {
    const classifier = await Classifier.open(path('values-format-2.onnx'), { task: 'regression' });
    const { info } = classifier.file;
    const value = {
      ...{ mae: 1, rmse: 2, r2: 0.5, baseline: { mae: 3, rmse: 4 } },
      intervals: { mae: [0, 2], rmse: [1, 3], r2: [0, 1] },
    };
    const metrics = {
      examples: 4,
      loss: 0.5,
      values: ['red', 'green', 'blue'].map((name) => ({ name, ...value })),
    };
    expect(info).toMatchObject({ classNames: ['red', 'green', 'blue'], train: metrics, validation: metrics });
    expect(Object.keys(info)).not.toContain('classes');
    const { values } = await classifier.predict(await plainImage('#ff8000'));
    expect(values).toEqual({ red: 255, green: 128, blue: 0 });
    await classifier.dispose();
  });
});
