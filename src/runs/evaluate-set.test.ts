import { expect, it } from 'vitest';
import { classificationReport, correctPredictions } from '../core/evaluation/classification-report.ts';
import { featuresInMemory } from '../core/features/feature-set.ts';
import type { TrainingStep } from '../core/steps/training-step.ts';
import { softmax } from '../core/tensor/probabilities.ts';
import { createRandom } from '../core/tensor/random.ts';
import { evaluate } from './evaluate-set.ts';

const NAMES = ['a', 'b', 'c'];
/** More than go through a step at once. */
const SIZE = 600;

/** Takes features for logits. */
function passing(sizes: number[]): TrainingStep {
  const predict = async (features: Float32Array, size: number): Promise<Float32Array> => {
    sizes.push(size);
    return features.slice();
  };
  return { predict } as Partial<TrainingStep> as TrainingStep;
}

it('counts the answers of a large set as they come', async () => {
  const random = createRandom(2);
  const logits = Float32Array.from({ length: SIZE * NAMES.length }, () => random.normal());
  const labels = Uint32Array.from({ length: SIZE }, () => random.integer(NAMES.length));
  const set = featuresInMemory(logits, { labels, width: NAMES.length, classes: NAMES.length });
  const sizes: number[] = [];
  const { metrics, right } = await evaluate(passing(sizes), set, {
    task: 'classification',
    names: NAMES,
    scale: undefined,
  });
  expect(sizes).toEqual([256, 256, 88]);
  const probabilities = Float32Array.from(softmax(logits, SIZE));
  expect(metrics).toStrictEqual(classificationReport(probabilities, labels, NAMES));
  expect(right).toEqual(correctPredictions(probabilities, labels, NAMES.length));
});
