import { describe, expect, it } from 'vitest';
import type { ModelInfo } from './model-info.ts';
import { createPrediction } from './prediction.ts';

const info = (task: ModelInfo['task'], classNames: readonly string[]): ModelInfo =>
  ({ task, classNames, threshold: task === 'multi-label' ? 0.5 : undefined }) as unknown as ModelInfo;

describe('createPrediction', () => {
  it('of classes tells the most probable first, and as many as are asked for', () => {
    expect(createPrediction(info(undefined, ['x', 'y', 'z']), [0.25, 0.625, 0.125], { top: 2 })).toEqual({
      label: 'y',
      probability: 0.625,
      probabilities: { y: 0.625, x: 0.25 },
    });
  });

  it('of labels tells those above the threshold', () => {
    const labels = info('multi-label', ['x', 'y', 'z']);
    expect(createPrediction(labels, [0.75, 0.5, 0.875])).toEqual({
      labels: ['x', 'z'],
      probabilities: { z: 0.875, x: 0.75, y: 0.5 },
    });
    expect(createPrediction(labels, [0.75, 0.5, 0.875], { top: 1, threshold: 0.9 })).toEqual({
      labels: [],
      probabilities: { z: 0.875 },
    });
  });

  it('of regression tells values', () => {
    expect(createPrediction(info('regression', ['age', 'size']), [31.25, 0.0123456])).toEqual({
      values: { age: 31.25, size: 0.0123456 },
    });
  });
});
