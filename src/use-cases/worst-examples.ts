/** @file The examples that a model is most wrong about. */

import type { Sample } from '../core/examples/sample.ts';
import { type Task, taskNamed } from '../recipe/task.ts';

/** Of so many it is shown what the model saw in them. */
const MAX_WORST = 12;

/** Characters of a text whose words are left out one by one. */
const MAX_EXPLAINED_TEXT = 600;

/** Whether the words of a text are left out one by one: of a longer one that takes too long. */
export function isExplainable({ text }: { readonly text: string }): boolean {
  return text.length <= MAX_EXPLAINED_TEXT;
}

/** Those with the largest losses, the largest first. */
export function worstOf<T extends { readonly loss: number }>(examples: readonly T[]): T[] {
  return examples.toSorted((a, b) => b.loss - a.loss).slice(0, MAX_WORST);
}

/** How wrong the model is about an example: cross-entropy, or the squared error. @param outputs - `[classes]`, the model's. */
export function lossOf(task: Task, { label, target }: Sample, outputs: Float32Array): number {
  const log = (probability: number): number => -Math.log(Math.max(probability, 1e-12));
  if (target === undefined) return log(outputs[label]!);
  const { isProbability } = taskNamed<Task>(task).output;
  const losses = Array.from(outputs, (value, index) => {
    const truth = target[index]!;
    return isProbability ? log(truth === 1 ? value : 1 - value) : (value - truth) ** 2;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
