/** @file Multi-label classification: any number of labels for an image. */

import { type MultiLabelReport, multiLabelReport } from '../../core/evaluation/multi-label-report.ts';
import { predictAll } from '../../core/fit/measure.ts';
import { computeSigmoids } from '../../core/fit/targets.ts';
import { losses } from '../../core/losses/losses.ts';
import { byLabel, rankClasses } from './ranking.ts';
import { targetsOfSamples } from './targets-of-samples.ts';
import type { TaskDefinition } from './task-definition.ts';

/** Of a model that gives an image any number of labels. */
export interface LabelsPrediction {
  /** Those whose probability is above the model's threshold, in the model's order. */
  readonly labels: readonly string[];
  /** Of every label, by name, in [0, 1], the most probable first. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Of a model file that does not say another. */
const DEFAULT_THRESHOLD = 0.5;

/** A sigmoid and binary cross-entropy for each label, however many there are. */
export const multiLabel: TaskDefinition<'multi-label', MultiLabelReport, LabelsPrediction> = {
  name: 'multi-label',
  aliases: [],
  targets: 'labels',
  standardizesTargets: false,
  words: {
    one: 'label',
    several: 'labels',
    gives: 'labels',
    model: 'a multi-label classifier',
    exported: () => 'probability of each label, in the order of labels',
  },
  huggingFace: {
    problemType: 'multi_label_classification',
    pipelines: { image: 'image-classification', text: 'text-classification' },
  },
  output: { name: 'probabilities', kind: 'features', isProbability: true },
  columns: ['labels'],
  metrics: ['auc', 'f1_score'],
  losses: [],
  accepts: { balance: false, labelSmoothing: true, threshold: true },
  head: (names) => ({ units: names, activation: 'sigmoid' }),
  loss: (_, { labelSmoothing }) => losses.binaryCrossentropy({ labelSmoothing }),
  async evaluate(step, set, { names, runtime, temperature, thresholds }) {
    const logits = await predictAll(step, set, { runtime });
    const targets = set.targets?.values ?? new Float32Array(0);
    return {
      metrics: multiLabelReport(computeSigmoids(logits, temperature), targets, names, { thresholds }),
      right: new Uint8Array(0),
    };
  },
  measure: (outputs, samples, { names, threshold = DEFAULT_THRESHOLD, thresholds }) =>
    multiLabelReport(outputs, targetsOfSamples(samples, names.length), names, { threshold, thresholds }),
  predict(outputs, { names, threshold = DEFAULT_THRESHOLD, thresholds, top }) {
    return {
      labels: names.filter((name, index) => outputs[index]! > (thresholds?.get(name) ?? threshold)),
      probabilities: byLabel(rankClasses(names, outputs).slice(0, top)),
    };
  },
};
