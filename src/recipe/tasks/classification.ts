/** @file Classification: one class of several. */

import {
  type ClassificationReport,
  ClassificationTally,
  classificationReport,
  correctPredictions,
} from '../../core/evaluation/classification-report.ts';
import { withTemperature } from '../../core/evaluation/temperature.ts';
import { predictions } from '../../core/fit/measure.ts';
import { computeProbabilities } from '../../core/fit/targets.ts';
import { losses } from '../../core/losses/losses.ts';
import { byLabel, rankClasses } from './ranking.ts';
import type { TaskDefinition } from './task-definition.ts';

/** Of a model that tells classes apart. */
export interface ClassPrediction {
  /** The most probable class. */
  readonly label: string;
  /** Its probability, in [0, 1]. */
  readonly probability: number;
  /** Of every class, by name, the most probable first; names of digits come first in any object. Their sum is 1. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/**
 * Two classes end in one sigmoid, the probability of the second, and binary cross-entropy; more in a softmax and categorical
 * cross-entropy, sparse where no target is mixed or smoothed.
 */
export const classification: TaskDefinition<'classification', ClassificationReport, ClassPrediction> = {
  name: 'classification',
  aliases: ['single-label'],
  targets: 'class',
  standardizesTargets: false,
  words: {
    one: 'class',
    several: 'classes',
    gives: 'classes',
    model: 'a classifier',
    exported: (names, outputs) =>
      outputs === 1
        ? `probability of "${names[1]}"; the rest is that of "${names[0]}"`
        : 'probabilities, in the order of labels',
  },
  huggingFace: {
    problemType: 'single_label_classification',
    pipelines: { image: 'image-classification', text: 'text-classification' },
  },
  output: { name: 'probabilities', kind: 'probabilities', isProbability: true },
  columns: ['label', 'probability'],
  metrics: ['accuracy'],
  losses: [],
  accepts: { balance: true, labelSmoothing: true, threshold: false },
  head: (names) =>
    names === 2 ? { units: 1, activation: 'sigmoid' } : { units: names, activation: 'softmax' },
  loss(names, { labelSmoothing, mixup, cutmix }) {
    if (names === 2) return losses.binaryCrossentropy({ labelSmoothing });
    // A mixed sample is of two classes.
    return labelSmoothing === 0 && mixup === null && cutmix === null
      ? losses.sparseCategoricalCrossentropy()
      : losses.categoricalCrossentropy({ labelSmoothing });
  },
  /** A number for each of a thousand classes, for each of a million images, would be 4 GB: they are counted as they come. */
  async evaluate(step, set, { names, runtime, temperature = 1, thresholds }) {
    const decide = decisionBy(names, thresholds);
    const tally = new ClassificationTally(names, decide);
    const right = new Uint8Array(set.size);
    for await (const { rows, logits } of predictions(step, set, { runtime })) {
      const scaled = withTemperature(logits, temperature);
      const probabilities = computeProbabilities(scaled, logits.length / rows.length);
      const labels = Uint32Array.from(rows, (row) => set.labels[row]!);
      tally.add(probabilities, labels);
      right.set(correctPredictions(probabilities, labels, names.length, decide), rows[0]!);
    }
    return { metrics: tally.metrics(), right };
  },
  measure: (outputs, samples, { names, thresholds }) =>
    classificationReport(
      outputs,
      samples.map(({ label }) => label),
      names,
      decisionBy(names, thresholds),
    ),
  predict(outputs, { names, top, thresholds }) {
    const ranked = rankClasses(names, outputs);
    const decide = decisionBy(names, thresholds);
    const index = decide?.(outputs);
    const given = index === undefined ? ranked[0]! : { label: names[index]!, probability: outputs[index]! };
    return { ...given, probabilities: byLabel(ranked.slice(0, top)) };
  },
};

/** Of two classes, one is given where it is more probable than its threshold, else the other. */
function decisionBy(
  names: readonly string[],
  thresholds: ReadonlyMap<string, number> | undefined,
): ((probabilities: ArrayLike<number>) => number) | undefined {
  const decided = names.findIndex((name) => thresholds?.has(name));
  if (decided < 0 || names.length !== 2) return undefined;
  const threshold = thresholds!.get(names[decided]!)!;
  return (probabilities) => (probabilities[decided]! > threshold ? decided : 1 - decided);
}
